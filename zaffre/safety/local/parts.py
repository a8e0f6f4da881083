"""A text in parts of a few sentences: one harmful sentence among harmless ones would drown in the whole."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHORT: Final = 120
"""Characters that a part has at least, but for the last one."""
LONG: Final = 240
"""Characters after which a part ends between two words, if no sentence did."""

_END: Final = re.compile(rf"[^.!?;]{{0,{LONG}}}(?:[.!?;]+|\s|$)|[^.!?;]{{{LONG}}}")


def parts(text: str) -> NDArray[np.intp]:
    """Where the parts of a folded text start; the first at 0. At least one."""
    starts, begun = [0], 0
    for sentence in _END.finditer(text):
        if sentence.end() - begun >= SHORT:
            begun = sentence.end()
            starts.append(begun)
    if len(text) - starts[-1] < SHORT // 2 and len(starts) > 1:
        # What little is left belongs to the part before.
        starts.pop()
    return np.array(starts, dtype=np.intp)
