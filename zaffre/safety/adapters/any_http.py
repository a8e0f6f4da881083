"""Any classifier that takes a text in JSON and answers scores in JSON."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from zaffre.safety.adapters.cuts import OF_SCORES, Cuts
from zaffre.safety.adapters.paths import number_at
from zaffre.safety.adapters.remote import Remote
from zaffre.safety.classifier import CATEGORIES, DETECTIONS, Findings, Side, looked_for

LONGEST: Final = 10_000
ATTACK_CUT: Final = 0.5


class AnyHttp:
    """The server as a protocol for `Adapter`."""

    def __init__(
        self,
        remote: Remote,
        scores: Mapping[str, Collection[str]],
        *,
        path: str = "/",
        text: str = "text",
        body: Mapping[str, Any] | None = None,
        cuts: Mapping[str, Cuts] | None = None,
        attack_cut: float = ATTACK_CUT,
        longest: int = LONGEST,
    ) -> None:
        """
        Args:
            scores: category or detection -> the paths of its scores, of which the highest counts.
            path: below the base URL.
            text: the field in which the text goes.
            body: further fields of every request.
            cuts: category -> where its severities begin.
            attack_cut: the score from which on an attack or protected material is detected.
        """
        self.categories = frozenset(scores)
        self.longest = longest
        self._remote = remote
        self._scores = scores
        self._path = path
        self._text = text
        self._body = dict(body or {})
        self._cuts = cuts or {}
        self._attack_cut = attack_cut

    async def ask(self, text: str, side: Side) -> Findings:
        said = await self._remote.post(self._path, self._body | {self._text: text}, object)
        sought = [name for name in self._scores if looked_for(name, side)]
        scores = {name: max(number_at(said, path) for path in self._scores[name]) for name in sought}
        return Findings(
            {name: self._cuts.get(name, OF_SCORES).severity(scores[name]) for name in CATEGORIES if name in scores},
            scores,
            {name: scores[name] >= self._attack_cut for name in DETECTIONS if name in scores},
        )
