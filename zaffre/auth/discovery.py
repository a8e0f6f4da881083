"""An issuer's keys, found as OpenID Connect Discovery 1.0 says: its document, and the key set that this names."""

import asyncio
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from zaffre.auth.issuers import Meant
from zaffre.auth.key_set import KeySet, key_set
from zaffre.config.identity import is_safe
from zaffre.net.client import Client, Timeouts
from zaffre.net.failures import UpstreamFailure

_TIMEOUTS: Final = Timeouts(connect=5.0, first_byte=5.0, idle=5.0, keep_alive=10.0)
_PATIENCE: Final = 15.0
"""Seconds for all of it."""
_LONGEST: Final = 1024 * 1024
"""Bytes of a document."""
_PATH: Final = "/.well-known/openid-configuration"


class Undiscovered(Exception):
    """The keys of an issuer cannot be had; the message says why."""


async def discover(client: Client, issuer: Meant) -> KeySet:
    """The keys that sign for this issuer now.

    Raises:
        Undiscovered
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            document = await _fetched(client, issuer.home + _PATH)
            found = key_set(await _fetched(client, _keys_address(document, issuer.name)), issuer.name)
    except TimeoutError:
        raise Undiscovered(f"no answer in {_PATIENCE:g} s") from None
    except (UpstreamFailure, ValueError) as failure:
        raise Undiscovered(str(failure)) from failure
    if not len(found):
        raise Undiscovered("none of its keys can be used")
    return found


def _keys_address(document: dict[str, Any], issuer: str) -> str:
    """What the issuer's document says of its keys, if it is this issuer's (Discovery, 4.3).

    Raises:
        ValueError
    """
    if document.get("issuer") != issuer:
        raise ValueError(f"it calls itself {document.get('issuer')!r:.300}: that is what `issuer` has to say")
    address = document.get("jwks_uri")
    if not isinstance(address, str) or not is_safe(address):
        raise ValueError(f"its keys are not at an https address: {address!r:.300}")
    return address


async def _fetched(client: Client, url: str) -> dict[str, Any]:
    """A JSON document.

    Raises:
        UpstreamFailure, ValueError: there is none.
    """
    parts = urlsplit(url)
    pool = client.pool(f"{parts.scheme}://{parts.netloc}", limit=1, timeouts=_TIMEOUTS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    reply = await pool.send("GET", target, [(b"accept", b"application/json")])
    try:
        if reply.status != 200:
            raise ValueError(f"{url} answers {reply.status}")
        return msgspec.json.decode(await reply.read(_LONGEST), type=dict[str, Any])
    except msgspec.DecodeError:
        raise ValueError(f"{url} answers something else than a JSON object") from None
    finally:
        reply.close()
