"""When the encoder is asked, and what its word counts for: a weighted mean of logits, by factors that were fitted."""

from collections.abc import Callable
from typing import Final

import numpy as np
from msgspec import Struct

from zaffre.safety.classifier import Side
from zaffre.safety.local.logits import Seen
from zaffre.safety.local.weights import Floats

HARM: Final = 0.06
"""The probability of a harm by n-grams from which on the encoder is asked.

Most harmless prompts stay below it and never wait for the encoder, and hardly a hit does."""
ATTACK: Final[dict[Side, float]] = {"prompt": 0.8, "document": 0.1}
"""The same of an attack. Below it, no logit the encoder was seen to give lifts a prompt over the mixture's cut."""


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


_HARM_LOGIT: Final = _logit(HARM)
_ATTACK_LOGITS: Final = {side: _logit(least) for side, least in ATTACK.items()}


class Second(Struct, frozen=True):
    """A second opinion. `factors`: a row for each harm and attack: of the n-grams' logit, of its own, an offset."""

    logits: Callable[[str], Floats]
    factors: Floats
    cuts: Floats
    attack_cuts: Floats

    def wanted(self, seen: Seen, side: Side) -> bool:
        return bool(seen.harms.max() >= _HARM_LOGIT) or seen.attack >= _ATTACK_LOGITS.get(side, np.inf)

    def mixed(self, seen: Seen) -> Floats:
        """Five logits."""
        views = [seen.views[0], *seen.views[len(seen.views) - seen.decoded :]]
        theirs = np.max([self.logits(view) for view in views], axis=0)
        ours = np.append(seen.harms.max(axis=0), seen.attack)
        mixed: Floats = ours * self.factors[:, 0] + theirs * self.factors[:, 1] + self.factors[:, 2]
        return mixed.astype(np.float32)
