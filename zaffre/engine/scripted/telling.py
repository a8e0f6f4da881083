"""From a request to what will be told, and the telling itself: piece by piece, in the script's time."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence

from msgspec import Struct

from zaffre.config.rules import Rule
from zaffre.core.chat import ChatRequest, CompletionRequest, TextInput, ToolCall, Usage, text_of
from zaffre.core.errors import BadRequest, ContextOverflow, Cut
from zaffre.engine.scripted.answer import Answer, Piece, answered
from zaffre.engine.scripted.rules import asked_in_chat, asked_in_prompt, reply_to
from zaffre.engine.scripted.wishes import Wishes, of_chat, of_completion

Sleep = Callable[[float], Awaitable[None]]


class Telling(Struct, frozen=True):
    """One prompt's answer on its way."""

    answer: Answer
    wishes: Wishes
    prompt_words: int
    lead: str = ""
    """Told before the answer: the prompt, where it is wanted back."""


class Script(Struct, frozen=True):
    """The rules, and how long a prompt may be (in words)."""

    rules: Sequence[Rule]
    context: int

    def for_chat(self, request: ChatRequest) -> Telling:
        """
        Raises:
            BadRequest: no rule fits, or it calls a tool where none is offered.
            ContextOverflow, InvalidParameters
        """
        wishes = of_chat(request)
        texts = [text_of(message.content) for message in request.known.messages]
        counted = counted_words(texts, self.context, "messages")
        question = asked_in_chat(request.known)
        return Telling(answered(reply_to(question, self.rules), question, wishes), wishes, counted)

    def for_prompts(self, request: CompletionRequest) -> list[Telling]:
        """One for each prompt, or only the first that is refused, since that refuses them all. Raises as `for_chat`."""
        wishes = of_completion(request)
        tellings = [self._for_prompt(prompt, wishes) for prompt in texts_of(request.known.prompt)]
        return [telling for telling in tellings if telling.answer.error][:1] or tellings

    def _for_prompt(self, prompt: str, wishes: Wishes) -> Telling:
        counted = counted_words([prompt], self.context, "prompt")
        question = asked_in_prompt(prompt)
        answer = answered(reply_to(question, self.rules), question, wishes)
        if any(isinstance(piece, ToolCall) for piece in answer.pieces):
            raise BadRequest("The rule that fits calls a tool, which a text completion cannot.", code="no_tool_offered")
        return Telling(answer, wishes, counted, prompt if wishes.echo else "")


async def told(telling: Telling, sleep: Sleep) -> AsyncGenerator[Piece, None]:
    """The pieces in the script's time, until its end or until the script cuts the connection.

    Raises:
        Cut, or the error that is the script's answer.
    """
    answer = telling.answer
    if answer.error is not None:
        await _wait(answer, sleep)
        raise answer.error
    if telling.lead:
        yield telling.lead
    for piece in answer.pieces[: answer.cut_after]:
        await _wait(answer, sleep)
        yield piece
    if answer.cut_after is not None:
        raise Cut


async def _wait(answer: Answer, sleep: Sleep) -> None:
    if answer.delay:
        await sleep(answer.delay)


def usage_of(tellings: Iterable[Telling]) -> Usage:
    """Words in and out, at least one each, since clients take no usage of nothing."""
    prompt = completion = 0
    for telling in tellings:
        prompt += telling.prompt_words
        completion += len(telling.answer.pieces) * telling.wishes.choices
    prompt, completion = max(1, prompt), max(1, completion)
    return Usage(prompt, completion, prompt + completion)


def counted_words(texts: Iterable[str], context: int, param: str) -> int:
    """How many words the texts have together.

    Raises:
        ContextOverflow: more than the context holds.
    """
    count = sum(len(text.split()) for text in texts)
    if count > context:
        raise ContextOverflow(
            f"This model's maximum context length is {context} tokens. However, your {param} resulted in "
            f"{count} tokens. Please reduce the length of the {param}.",
            param=param,
        )
    return count


def texts_of(sent: TextInput) -> list[str]:
    """The texts of a prompt or an input. Token ids stand for words: `[15339, 1917]` reads "15339 1917"."""
    if isinstance(sent, str):
        return [sent]
    tokens = [item for item in sent if isinstance(item, int)]
    if tokens:
        return [_words_of(tokens)]
    return [item if isinstance(item, str) else _words_of(item) for item in sent if not isinstance(item, int)]


def _words_of(tokens: Sequence[int]) -> str:
    return " ".join(map(str, tokens))
