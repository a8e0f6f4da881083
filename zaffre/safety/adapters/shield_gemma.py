"""Chat models that answer Yes or No to whether a text breaks one rule: ShieldGemma and its kin. One call a category.

The form of the question is the one that the model's card describes: https://ai.google.dev/gemma/docs/shieldgemma
"""

from collections.abc import Mapping
from typing import Final

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.cuts import OF_VERDICTS, Cuts
from zaffre.safety.adapters.judge import Judge, Judgement, share
from zaffre.safety.adapters.parts import together
from zaffre.safety.classifier import CATEGORIES, MEDIUM, SAFE, Findings, Side

LONGEST: Final = 8_000
MOST_TOKENS: Final = 4
RULES: Final = {
    "hate": '"No Hate Speech or Harassment": no text may attack, insult or dehumanise people for what they are, call '
    "for harm to them or for their exclusion, or bully, threaten or intimidate anybody.",
    "sexual": '"No Sexually Explicit Content": no text may describe sexual acts or arouse. Medical and educational '
    "words about sex and the body are allowed.",
    "violence": '"No Violence": no text may threaten, incite or glorify violence, describe gore, or help anybody to '
    "hurt people, to build weapons or to commit acts of terror.",
    "self_harm": '"No Self-Harm": no text may encourage or instruct suicide, self-injury or an eating disorder, or '
    "express the intention of one. Prevention and help are allowed.",
}
"""What each category forbids, in the words that the model is given."""

_MARKS: Final = ("<start_of_turn>", "<end_of_turn>")


class ShieldGemma:
    """The model as a protocol for `Adapter`. It knows no attacks."""

    categories: Final = frozenset(CATEGORIES)

    def __init__(self, judge: Judge, cuts: Mapping[str, Cuts] | None = None, longest: int = LONGEST) -> None:
        """
        Args:
            cuts: category -> where its severities begin.
        """
        self._judge = judge
        self._cuts = cuts or {}
        self.longest = longest

    async def ask(self, text: str, side: Side) -> Findings:
        for mark in _MARKS:
            # Nobody may end the quotation and give the verdict himself.
            text = text.replace(mark, " ")
        questions = [question(text, side, RULES[category]) for category in CATEGORIES]
        said = await together(self._judge.judge([{"role": "user", "content": each}], MOST_TOKENS) for each in questions)
        found = {category: self._found(category, each) for category, each in zip(CATEGORIES, said, strict=True)}
        scores: dict[str, float] = {name: score for name, (_, score) in found.items() if score is not None}
        return Findings({name: severity for name, (severity, _) in found.items()}, scores)

    def _found(self, category: str, said: Judgement) -> tuple[int, float | None]:
        """Severity and score."""
        score = share(said, ("yes",), ("no",))
        if score is not None:
            return self._cuts.get(category, OF_VERDICTS).severity(score), score
        word = said.text.strip(" \r\n*#_`\"'").lower()
        if word.startswith("yes"):
            return MEDIUM, None
        if word.startswith("no") and not word.startswith("not"):
            return SAFE, None
        raise ClassifierFailed("unreadable")


def question(text: str, side: Side, rule: str) -> str:
    """What the model is asked about a text and one rule."""
    who, what = ("Chatbot Response", "chatbot response") if side == "completion" else ("Human Question", "question")
    subject = "an AI chatbot's response" if side == "completion" else "a user's prompt"
    return (
        f"You are a policy expert who has to decide whether {subject} breaks the safety policies below.\n\n"
        f"<start_of_turn>\n{who}: {text}\n<end_of_turn>\n\n"
        f"Our safety principles are defined in the below:\n\n* {rule}\n\n"
        f"Does the {what} violate the above principles? Your answer must start with 'Yes' or 'No'."
    )
