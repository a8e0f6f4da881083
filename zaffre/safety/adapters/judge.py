"""How a chat model is asked for a verdict, and what a verdict's first word is worth."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Judgement(Struct, frozen=True):
    """What a chat model said."""

    text: str
    first: Mapping[str, float] | None = None
    """The words that its first word could have been -> their probabilities. None where it does not tell."""


class Judge(Protocol):
    """A chat model that gives verdicts."""

    async def judge(self, messages: Sequence[Mapping[str, str]], most: int) -> Judgement:
        """Its answer to a chat, at temperature 0.

        Args:
            messages: `role` and `content` of each.
            most: tokens of the answer.

        Raises:
            ClassifierFailed
        """
        ...


def share(judgement: Judgement, words: Iterable[str], others: Iterable[str]) -> float | None:
    """How much of the probability of these words and the others is these words'. None where the model does not tell.

    Words count in any letter case, whatever stands around them, and if they are only begun.
    """
    if judgement.first is None:
        return None
    mine = _probability(judgement.first, words)
    theirs = _probability(judgement.first, others)
    return mine / (mine + theirs) if mine + theirs > 0 else None


def _probability(first: Mapping[str, float], words: Iterable[str]) -> float:
    plain = {token: token.strip(" \t\r\n*#_`\"'.,:▁Ġ").lower() for token in first}
    return sum(first[token] for token, said in plain.items() if said and any(word.startswith(said) for word in words))
