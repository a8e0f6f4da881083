"""The local filter as it can be on this machine: with the encoder where it is installed, without it elsewhere."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from zaffre.safety.local.classifier import LocalClassifier
from zaffre.safety.local.second import Second


def classifier() -> LocalClassifier:
    """Reads the weights, for a tenth of a second. Raises OSError, and ImportError where onnxruntime does not load."""
    return LocalClassifier(second=_second())


def _second() -> Second | None:
    weights = find_spec("zaffre_safety_minilm")
    if weights is None or weights.origin is None or find_spec("onnxruntime") is None:
        return None
    # An optional extra: onnxruntime is imported where its weights are, too.
    second: Second = import_module("zaffre.safety.local.encoder").second(Path(weights.origin).parent)
    return second
