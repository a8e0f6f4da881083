"""Chat models that say `safe`, or `unsafe` and the codes of what is wrong: Llama Guard and its kin.

https://github.com/meta-llama/PurpleLlama describes the codes of each version.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.cuts import OF_VERDICTS, Cuts
from zaffre.safety.adapters.judge import Judge, share
from zaffre.safety.classifier import CATEGORIES, LOW, MEDIUM, MINORS, SAFE, Findings, Side

LONGEST: Final = 8_000
"""Characters of one question: the smallest of these models hold no more with their own instructions."""
MOST_TOKENS: Final = 20
THIRD_VERSION: Final[Mapping[str, Collection[str]]] = {
    "S1": ("violence",),
    "S3": ("sexual",),
    "S4": ("minors",),
    "S9": ("violence",),
    "S10": ("hate",),
    "S11": ("self_harm",),
    "S12": ("sexual",),
}
"""Of Llama Guard 3 and 4: code -> categories; `minors` is the highest severity of sexual. Codes that are not here stand
for what Azure has no category for."""

_VERDICT: Final = re.compile(r"\W*(?:\w+\s*:\W*)?(unsafe|safe)\b(.*)", re.IGNORECASE)
_MARKS: Final = re.compile(r"<\|\w+\|>")
"""Of the models' chat templates. Nobody may end his turn and give the verdict himself."""
_CODE: Final = re.compile(r"\b[a-z]{1,2}[0-9]{1,2}\b", re.IGNORECASE)


class LlamaGuard:
    """The model as a protocol for `Adapter`. It knows no attacks."""

    categories: Final = frozenset(CATEGORIES)

    def __init__(
        self,
        judge: Judge,
        codes: Mapping[str, Collection[str]] = THIRD_VERSION,
        cuts: Mapping[str, Cuts] | None = None,
        longest: int = LONGEST,
    ) -> None:
        """
        Args:
            codes: what each code stands for.
            cuts: category -> where its severities begin.
        """
        self._judge = judge
        self._codes = {code.upper(): categories for code, categories in codes.items()}
        self._cuts = cuts or {}
        self.longest = longest

    async def ask(self, text: str, side: Side) -> Findings:
        text = _MARKS.sub(" ", text)
        messages = [{"role": "user", "content": text}]
        if side == "completion":
            # The model judges the last turn. Its template wants a user's turn before an assistant's.
            messages = [{"role": "user", "content": "(not shown)"}, {"role": "assistant", "content": text}]
        judgement = await self._judge.judge(messages, MOST_TOKENS)
        unsafe = share(judgement, ("unsafe",), ("safe",))
        codes = _codes(judgement.text)
        if codes is None:
            # Which category it is nobody can say then, so the probability ranks them all.
            return Findings(dict.fromkeys(CATEGORIES, SAFE), _all(unsafe))
        return self._found({meant for code in codes for meant in self._codes.get(code, ())}, unsafe)

    def _found(self, meant: Collection[str], unsafe: float | None) -> Findings:
        severities: dict[str, int] = dict.fromkeys(CATEGORIES, SAFE)
        scores = _all(None if unsafe is None else 0.0)
        for each in meant:
            category = "sexual" if each == "minors" else each
            severity = MEDIUM
            if unsafe is not None:
                severity = max(self._cuts.get(category, OF_VERDICTS).severity(unsafe), LOW)
                scores[category] = unsafe
            severities[category] = max(MINORS if each == "minors" else severity, severities[category])
        return Findings(severities, scores)


def _all(score: float | None) -> dict[str, float]:
    return {} if score is None else dict.fromkeys(CATEGORIES, score)


def _codes(text: str) -> list[str] | None:
    """The codes of an unsafe text, upper-case; None where the text is safe. Raises ClassifierFailed for anything else:
    what cannot be read is no word of safety."""
    lines = text.strip().splitlines()
    verdict = _VERDICT.fullmatch(lines[0]) if lines else None
    if verdict is None:
        raise ClassifierFailed("unreadable")
    rest = "\n".join((verdict[2], *lines[1:]))
    codes = [code.upper() for code in _CODE.findall(rest)]
    if verdict[1].lower() == "unsafe":
        if not codes:
            raise ClassifierFailed("unreadable")
        return codes
    if codes or re.search(r"\w", verdict[2]) or "unsafe" in rest.lower():
        raise ClassifierFailed("unreadable")
    return None
