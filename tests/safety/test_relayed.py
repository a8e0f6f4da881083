"""Images and audio: what users write for them is checked like any prompt, before it is handed on."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.api.canned import Canned, json_of
from tests.safety.screened import Ledger, Screened
from zaffre.core.modality import Modality
from zaffre.core.relay import AUDIO, IMAGES, Passage, Relayed
from zaffre.gateway.meter import Metering

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ndemo\r\n'
    b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nTEXT\r\n'
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nPNG\r\n--b--\r\n'
)
ASKED: list[tuple[str, Any, str]] = [
    ("images/generations", {"model": "demo", "prompt": "TEXT"}, "application/json"),
    ("audio/speech", {"model": "demo", "input": "fine", "instructions": "TEXT"}, "application/json"),
    ("audio/speech", {"model": "demo", "input": "TEXT", "voice": {"odd": 1}}, "application/json"),
    ("images/edits", FORM, "multipart/form-data; boundary=b"),
]


class Handing(Canned):
    """Hands everything on to nobody."""

    relayed = frozenset((*IMAGES, *AUDIO))

    async def relay(self, passage: Passage) -> Relayed:
        self.asked.append(passage)

        async def pieces() -> AsyncGenerator[bytes, None]:
            yield b"{}"

        return Relayed(b"application/json", pieces())


def serving(ledger: Ledger, route: str) -> Screened:
    modality = Modality.IMAGES if route in IMAGES else Modality.AUDIO
    return Screened(Handing(), modality=modality, metering=Metering(ledger))


def said(body: Any, text: str) -> Any:
    if isinstance(body, bytes):
        return body.replace(b"TEXT", text.encode())
    return {name: text if value == "TEXT" else value for name, value in body.items()}


@pytest.mark.parametrize(("route", "body", "kind"), ASKED)
async def test_what_is_caught_is_400_and_never_leaves(route: str, body: Any, kind: str) -> None:
    ledger = Ledger()
    screened = serving(ledger, route)
    path = f"/openai/v1/{route}"
    refused = await screened.caller.post(path, said(body, "a thunder6 storm"), content_type=kind)
    assert (refused.status, json_of(refused)["error"]["code"]) == (400, "content_filter")
    assert screened.backend.asked == []
    assert ledger.last == (400, 0, 0)


@pytest.mark.parametrize(("route", "body", "kind"), ASKED)
async def test_what_is_harmless_is_handed_on(route: str, body: Any, kind: str) -> None:
    screened = serving(Ledger(), route)
    answered = await screened.caller.post(f"/openai/v1/{route}", said(body, "a breeze"), content_type=kind)
    assert answered.status == 200
    assert len(screened.backend.asked) == 1
    assert "a breeze" in screened.classifier.asked[0][0]
