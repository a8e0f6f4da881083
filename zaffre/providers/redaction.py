"""Taking secrets out of what upstreams say, before anybody reads it."""

from collections.abc import Iterable

import msgspec

BLANK = b"[redacted]"
SHORTEST = 4
"""Characters. Less is no secret, and taking it out would only spoil the text."""


class Redaction:
    """Replaces every secret of a connection, as it is and as our encoder writes it in JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        # Longest first, since one secret may be part of another.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, body: bytes) -> bytes:
        """The body without the secrets."""
        for form in self._forms:
            body = body.replace(form, BLANK)
        return body


def _forms(secret: str) -> Iterable[bytes]:
    yield from (secret.encode(), msgspec.json.encode(secret)[1:-1])
