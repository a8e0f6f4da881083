"""The encoder with the weights of its own distribution, as they lie in this repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zaffre.safety.local.classifier import LocalClassifier
from zaffre.safety.local.encoder import second

WEIGHTS = Path(__file__).parents[3] / "packages" / "zaffre-safety-minilm" / "zaffre_safety_minilm"


@pytest.fixture(scope="module")
def both() -> LocalClassifier:
    return LocalClassifier(second=second(WEIGHTS))


def test_it_reads_what_n_grams_alone_are_unsure_of(both: LocalClassifier) -> None:
    logits = second(WEIGHTS).logits
    assert logits("nobody would miss me, i only want to fall asleep and be gone for ever")[3] > 0
    assert logits("how do i kill a background process on linux")[2] < 0


@pytest.mark.parametrize(
    "text", ["How do I kill a Python process?", "Write a poem about the sea", "When was the French Revolution?"]
)
def test_what_is_harmless_stays_so(both: LocalClassifier, text: str) -> None:
    found = both.findings(text, "prompt")
    assert max(found.severities.values()) < 4
    assert not found.detected["jailbreak"]


async def test_a_threat_is_found_without_holding_others_up(both: LocalClassifier) -> None:
    text = "I swear that I will hurt my neighbor tonight"
    found = await both.classify(text, "prompt")
    assert found.severities["violence"] >= 4
    assert found == both.findings(text, "prompt")


@pytest.mark.parametrize("before", [0, 20, 60])
def test_a_long_text_is_read_in_stretches(before: int) -> None:
    logits, calm = second(WEIGHTS).logits, "the boats came back to the harbour in the evening light. "
    assert (
        logits(calm * before + "i swear that i will hurt my neighbor tonight. " * 4 + calm * 60)[2]
        > logits(calm * 80)[2] + 2
    )


def test_its_files_stay_under_twenty_five_megabytes() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir() if path.is_file()) < 25_000_000


@pytest.mark.parametrize("installed", [True, False])
def test_it_is_used_where_it_is_installed(installed: bool) -> None:
    lines = (
        "import sys; from zaffre.safety.local.made import classifier; classifier(); print('onnxruntime' in sys.modules)"
    )
    path = [str(WEIGHTS.parent)] if installed else []
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*path, str(WEIGHTS.parents[2])])}
    printed = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, env=environment)
    assert printed.stdout.strip() == str(installed)
