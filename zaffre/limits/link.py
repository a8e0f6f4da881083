"""The way to a Redis or Valkey. This module needs the extra `redis`."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from zaffre.limits.sharing import Gone

PATIENCE: Final = 0.25
"""Seconds that Redis may take to answer. Calls wait for it."""


class Link:
    """A pool of connections, opened when they are needed."""

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        """
        Args:
            address: `redis://`, `rediss://`, `unix://`, or the same with valkey.
            patience: seconds that Redis may take to connect or to answer.
        """
        self._patience = patience
        self._redis = Redis.from_url(
            address.replace("valkey", "redis", 1) if address.startswith("valkey") else address,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            # A connection that was kept may have been closed meanwhile; what is said twice does no harm.
            retry=Retry(NoBackoff(), 1),
        )
        self._digests: dict[str, str] = {}

    async def ask(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        """What the script answers. Raises Gone."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._run(script, keys, arguments)
        except (RedisError, OSError, TimeoutError) as error:
            # The words of such an error may name the address, but never how we prove who we are.
            raise Gone(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error

    async def _run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        digest = self._digests.get(script)
        if digest is not None:
            try:
                return await self._redis.evalsha(digest, len(keys), *keys, *arguments)
            except NoScriptError:
                pass  # it was started anew
        self._digests[script] = await self._redis.script_load(script)
        return await self._redis.evalsha(self._digests[script], len(keys), *keys, *arguments)

    async def close(self) -> None:
        await self._redis.aclose()
