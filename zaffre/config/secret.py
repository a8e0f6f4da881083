"""Secret: a text that is only shown where somebody asks for it by name."""

from hmac import compare_digest


class Secret:
    """A key or credential. Printing, logging and formatting it show that it is one, and no more."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)


class RedisAddress(Secret):
    """Where a Redis is: `redis://`, `rediss://` or `unix://`, and how we prove who we are there."""

    __slots__ = ()


class DatabaseAddress(Secret):
    """Where a PostgreSQL database is: `postgresql://`, and how we prove who we are there."""

    __slots__ = ()


class HeaderValue(Secret):
    """The value of an extra header: a secret, or a plain text that need not be one."""

    __slots__ = ()
