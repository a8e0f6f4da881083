"""The processes that serve together with this one: what they share, and what one of them does for all."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from zaffre.api.handing_on import HandingOn
from zaffre.limits.board import Board
from zaffre.net.client import Client, Timeouts
from zaffre.net.http import Request, Response

HandOn = Callable[[Request], Awaitable[Response]]
"""Has another process answer a request."""

BOARD: Final = "board"
FIGURES: Final = "figures"
MODELS: Final = "models.sock"
"""In the folder that they share: the board, the folder of figures, and the socket of the one with the models."""

_MOST: Final = 4096
"""Requests that one process may have handed on: more than the models take, which say so themselves."""
_PATIENT: Final = Timeouts(connect=5.0, first_byte=86_400.0, idle=86_400.0, keep_alive=30.0)
"""How long an answer takes is the business of the one who gives it."""


class Peers(Struct, frozen=True):
    """The others, as one of them knows them."""

    board: Board
    figures: Path
    hand_on: HandOn | None = None
    """Has the one answer that runs the local models, and takes up what others leave; None: this one does so."""


def peers(folder: Path, client: Client, *, owner: bool) -> Peers:
    """
    Args:
        folder: private to those who serve together.
        owner: this one runs the local models.
    """
    hand_on = None if owner else HandingOn(client.unix_pool(folder / MODELS, limit=_MOST, timeouts=_PATIENT))
    return Peers(Board(folder / BOARD), folder / FIGURES, hand_on)
