"""How a part that this machine lacks is told to the operator."""


class Unavailable(ValueError):
    """Something that was asked for is not to be had here; the message says what to do about it."""
