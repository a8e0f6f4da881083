"""A whole answer to a call whose deployment has a content filter."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

from zaffre.core.chat import AnswerMessage, Choice, Completion, TextChoice, TextCompletion
from zaffre.core.errors import GatewayError
from zaffre.core.screening import Annotations, Screen
from zaffre.gateway import estimate
from zaffre.gateway.call import Call, R
from zaffre.gateway.screening.asked import begun, checked, checked_beside

A = TypeVar("A")

FILTERED: Final = "content_filter"
"""Why an answer ended that may not be shown."""


async def screened(call: Call[R], ask: Callable[[Call[R]], Awaitable[A]]) -> A:
    """The answer as it may be shown.

    Raises:
        PromptFiltered: the prompt may not leave.
        NotScreened, and what the backend raises.
    """
    screen = cast(Screen, call.deployment.screen)
    if screen.parallel:
        work = begun(ask(call))
        annotations = await checked_beside(call, screen, work)
        answer: A = await work
    else:
        annotations = await checked(call, screen)
        answer = await ask(call)
    if isinstance(answer, Completion | TextCompletion):
        if answer.usage is None:
            # Before anything is taken away: it has been used.
            answer.usage = estimate.usage(estimate.prompt_characters(call.request), estimate.written_in(answer))
        try:
            for choice in answer.choices:
                await _screen(choice, screen, annotations)
        except GatewayError as error:
            error.used = answer.usage
            raise
    return answer


async def _screen(choice: Choice | TextChoice, screen: Screen, annotations: Annotations) -> None:
    """Judge one choice, and take away what may not be shown. The others are none the worse for it."""
    text = _text(choice)
    if not text.strip():
        return
    verdict = await screen.completion(text)
    annotations.choices[choice.index] = verdict.results
    annotations.lengths[choice.index] = len(text)
    if verdict.filtered:
        _emptied(choice)
    elif verdict.text is not None:
        _replaced(choice, verdict.text)


_CHANNELS: Final = ("reasoning_content", "content", "refusal")
BETWEEN: Final = "\n"
"""What stands between the channels of a text that is judged as one."""


def _text(choice: Choice | TextChoice) -> str:
    if isinstance(choice, TextChoice):
        return choice.text
    said = [text for channel in _CHANNELS if (text := getattr(choice.message, channel))]
    # Last, since they are not masked: arguments are data.
    said += [call.function.arguments for call in choice.message.tool_calls or () if call.function.arguments]
    return BETWEEN.join(said)


def _emptied(choice: Choice | TextChoice) -> None:
    choice.finish_reason = FILTERED
    choice.logprobs = None
    if isinstance(choice, TextChoice):
        choice.text = ""
    else:
        choice.message = AnswerMessage("")


def _replaced(choice: Choice | TextChoice, text: str) -> None:
    """Put the masked text where the text was. Its log probabilities would still tell it."""
    choice.logprobs = None
    if isinstance(choice, TextChoice):
        choice.text = text
        return
    start = 0
    for channel in _CHANNELS:
        before = getattr(choice.message, channel)
        if before:
            setattr(choice.message, channel, text[start : start + len(before)])
            start += len(before) + len(BETWEEN)
