"""What can be wrong with tokens and with the authority that gives them."""

from zaffre.core.errors import InvalidToken


class Unchecked(InvalidToken):
    """A token that has to be checked first: `await tokens.check(token)`, then ask again."""

    def __init__(self, token: bytes) -> None:
        super().__init__()
        self.token = token


class LocalIdentityError(ValueError):
    """What the data folder keeps of the local identity cannot be used."""
