"""Tool calls out of a stream's fragments, whatever an upstream numbers them."""

from msgspec import Struct

from zaffre.core.chat import ToolCallFragment


class CallPiece(Struct):
    """What a fragment adds to a call."""

    place: int
    """The call's, from 0 up without gaps."""
    arguments: str
    """What comes after what came before."""
    id: str | None = None
    name: str | None = None
    """Said with the first piece of a call, and only there. The id may be "" where the upstream gave none."""


class _Open(Struct):
    """A call that may go on."""

    index: int
    """The upstream's number for it."""
    id: str
    name: str
    arguments: str
    """What cannot be said yet, since the name is not known."""
    place: int | None = None


class ToolCalls:
    """One choice's tool calls, in the order in which their names came."""

    def __init__(self) -> None:
        self.seen = 0
        """Calls that have a place."""
        self._open: list[_Open] = []

    def take(self, fragment: ToolCallFragment) -> CallPiece | None:
        """What can be said now. Nothing is said of a call before its name is known, and never of one without."""
        function = fragment.function
        name = (function.name or "") if function else ""
        arguments = (function.arguments or "") if function else ""
        call = self._continued(fragment, name)
        if call is None:
            call = _Open(fragment.index, fragment.id or "", name, arguments)
            self._open.append(call)
        else:
            call.arguments += arguments
            call.id = call.id or fragment.id or ""
            call.name = call.name or name
        return self._said(call)

    def close(self) -> None:
        """No call goes on from here: the next fragment begins one."""
        self._open.clear()

    def _continued(self, fragment: ToolCallFragment, name: str) -> _Open | None:
        """The call that the fragment goes on with, if it does."""
        for call in reversed(self._open):
            if call.index != fragment.index:
                continue
            # Some upstreams number every call 0: a second name is a new call then. Others repeat the name with the
            # id, or make up an id for every fragment.
            another = name and call.name and (not call.id or (fragment.id or "") not in ("", call.id))
            return None if another else call
        return None

    def _said(self, call: _Open) -> CallPiece | None:
        if not call.name:
            return None
        arguments, call.arguments = call.arguments, ""
        if call.place is not None:
            return CallPiece(call.place, arguments) if arguments else None
        call.place = self.seen
        self.seen += 1
        return CallPiece(call.place, arguments, call.id, call.name)
