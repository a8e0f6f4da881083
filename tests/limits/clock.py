"""A clock that goes on when told to."""


class Clock:
    """Seconds since its own beginning, which is that of a minute."""

    def __init__(self, time: float = 600.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time

    def pass_(self, seconds: float) -> None:
        self.time += seconds
