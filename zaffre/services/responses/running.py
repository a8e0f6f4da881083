"""One response on its way: the chat behind it, and the writer in front."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from random import getrandbits

import msgspec
from msgspec import Raw

from zaffre.core.chat import ChatRequest, Chunk
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, GatewayError
from zaffre.gateway import asking, estimate
from zaffre.gateway.call import Call
from zaffre.gateway.gateway import Gateway
from zaffre.gateway.openai_parameters import CHAT
from zaffre.gateway.parameters import Extras
from zaffre.services.responses.chat import chat_fields, in_response_words
from zaffre.services.responses.events import Event, Writer, chunk_of
from zaffre.services.responses.kept import Now
from zaffre.services.responses.parameters import Asked


class Run:
    """One response: admitted, not yet answered."""

    def __init__(
        self,
        gateway: Gateway,
        principal: Principal,
        name: str,
        asked: Asked,
        context: Sequence[Raw],
        *,
        unique: str | None = None,
        created: int | None = None,
        number: int = 0,
        now: Now = time.time,
    ) -> None:
        """
        Args:
            name: the deployment's.
            context: what was said before, oldest first.
            unique: the response's id, where it has one.
            created: seconds since 1970, where it was made before.
            number: of its next event.

        Raises:
            Any refusal of `gateway.admit` for the chat, in a response's words.
        """
        self.id = unique or f"resp_{getrandbits(192):048x}"
        self.created = int(now()) if created is None else created
        self.asked = asked
        self.principal = principal
        self.settled = False
        """Whether it is kept as it ended, or was tried to be."""
        self._gateway = gateway
        self.call = _admitted(gateway, principal, name, asked, context)
        self.deployment = self.call.deployment
        """The one that was asked for, even if another one answers."""
        self.writer = Writer(
            asked,
            response_id=self.id,
            created=self.created,
            model=self.deployment.model,
            now=now,
            number=number,
        )

    @property
    def input_tokens(self) -> int:
        """By the estimate that stands for usage which nobody reports."""
        return estimate.tokens(estimate.prompt_characters(self.call.request))

    async def whole(self) -> None:
        """Answer in one piece; the writer has it then. Raises what the backend raises, in a response's words."""
        try:
            completion = await self._gateway.run(self.call, asking.chat)
        except GatewayError as error:
            raise in_response_words(error) from None
        self.writer.answered_by(self.call.deployment.model)
        self.writer.screened_by(self.call.annotations)
        self.writer.begin()
        self.writer.write([chunk_of(completion)])
        self.writer.end()

    async def stream(self) -> AsyncGenerator[list[Chunk], None]:
        """The chunks, once the first words are here. Raises what the backend raises before them."""
        try:
            chunks = await self._gateway.stream(self.call, asking.chat_stream)
        except GatewayError as error:
            raise in_response_words(error) from None
        self.writer.answered_by(self.call.deployment.model)
        self.writer.screened_by(self.call.annotations)
        return chunks


def _admitted(
    gateway: Gateway, principal: Principal, name: str, asked: Asked, context: Sequence[Raw]
) -> Call[ChatRequest]:
    try:
        chat = chat_fields(asked, context)
        body = msgspec.json.encode(chat)
        return gateway.admit(principal, name, CHAT, body, chat, Extras.PASS_THROUGH)
    except GatewayError as error:
        raise in_response_words(error) from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None


async def written(run: Run, chunks: AsyncGenerator[list[Chunk], None]) -> AsyncGenerator[list[Event], None]:
    """The events of the chunks, and the last ones. Raises what the backend raises."""
    async with aclosing(chunks):
        async for batch in chunks:
            events = run.writer.write(batch)
            if events:
                yield events
    yield run.writer.end()
