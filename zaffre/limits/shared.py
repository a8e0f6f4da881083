"""A limit that several processes keep together, through Redis.

Calls that come while Redis is asked wait for the next question, which is about all of them. So there is one question at
a time, and under load many calls share its price. Calls never wait longer than for one that is not answered.
"""

import asyncio
from itertools import count
from random import getrandbits
from typing import Final

from msgspec import Struct

from zaffre.core.chat import Usage
from zaffre.core.errors import GatewayError, Overloaded
from zaffre.core.limits import RateLimit, Standing
from zaffre.limits.sharing import Gone, Sharing
from zaffre.limits.tally import Verdict, tally

MOST_AT_ONCE: Final = 500
"""Calls in one question."""


class _Waiting(Struct):
    """A call that waits to be let in."""

    tokens: int
    answer: asyncio.Future[Standing]


class Shared:
    """The limiter of one deployment."""

    def __init__(self, name: str, limit: RateLimit, sharing: Sharing, prefix: str = "zaffre") -> None:
        """
        Args:
            name: the deployment's.
            prefix: what the names of the keys in Redis begin with.
        """
        self._sharing = sharing
        self._tally = tally(prefix, name, limit)
        self._process = f"{getrandbits(64):016x}"
        """A name of its own among all that count for this deployment."""
        self._messages = count(1)
        self._one_at_a_time = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._asking: asyncio.Task[None] | None = None
        self.news = False
        """Whether something has been counted of which Redis does not know."""
        sharing.join(self)

    async def admit(self, tokens: int) -> Standing:
        if self._sharing.gone:
            return self._alone(tokens)
        waiting = _Waiting(tokens, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._ask()
        return await waiting.answer

    def settle(self, standing: Standing, usage: Usage | None) -> None:
        self._tally.settle(standing, usage, self._sharing.now())
        self.news = True
        self._sharing.flush_soon()

    async def tell(self) -> None:
        """Say what has been counted. Raises Gone."""
        await self._question([])

    def flush(self) -> None:
        """Begin to say it, if it is news."""
        if self.news:
            self._ask()

    def _ask(self) -> None:
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._converse())

    async def _converse(self) -> None:
        """Ask as long as calls wait."""
        asked: list[_Waiting] = []
        try:
            while True:
                asked, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                verdicts = await self._question([each.tokens for each in asked])
                for each, verdict in zip(asked, verdicts, strict=True):
                    self._decide(each, verdict)
                asked = []
                if not self._waiting:
                    break
        except Gone as why:
            self._sharing.lost(why)
        finally:
            self._asking = None
            # Nobody hangs on a question that was not answered.
            left, self._waiting = [*asked, *self._waiting], []
            for each in left:
                self._decide(each, None)

    async def _question(self, calls: list[int]) -> list[Verdict]:
        """What becomes of these calls. Raises Gone."""
        sharing, tally = self._sharing, self._tally
        # What the answer to one lets in has to be counted before the next one says what is.
        async with self._one_at_a_time:
            self.news = False
            said = [self._process, next(self._messages), *tally.said(sharing.now()), *calls]
            try:
                answer = await sharing.ask(tally.script, tally.keys, said)
            except BaseException:
                self.news = True
                raise
            return tally.heard(answer, sharing.now())

    def _decide(self, waiting: _Waiting, verdict: Verdict | None) -> None:
        """Answer a call.

        Args:
            verdict: None where Redis has none.
        """
        if waiting.answer.cancelled():
            # Nobody waits for it any more. If it was let in, it has used nothing.
            if verdict == 0:
                self.settle(self._counted(waiting.tokens, verdict), None)
        elif not waiting.answer.done():
            try:
                tokens = waiting.tokens
                waiting.answer.set_result(self._alone(tokens) if verdict is None else self._counted(tokens, verdict))
            except GatewayError as refusal:
                waiting.answer.set_exception(refusal)

    def _counted(self, tokens: int, verdict: Verdict) -> Standing:
        """What has become of a call. Raises LimitReached."""
        now = self._sharing.now()
        if verdict:
            raise self._tally.reached(verdict, now)
        return self._tally.count(tokens, now)

    def _alone(self, tokens: int) -> Standing:
        """What becomes of a call while Redis is gone.

        Raises:
            LimitReached: this process has no room for it.
            Overloaded: nobody is let in.
        """
        if self._sharing.fail == "closed":
            raise Overloaded("The rate limit of this deployment can't be checked at the moment. Please retry later.")
        self.news = True
        now = self._sharing.now()
        if self._sharing.fail == "open":
            return self._tally.count(tokens, now)
        return self._tally.take(tokens, now)
