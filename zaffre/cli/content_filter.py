"""`zaffre filter create|list|show|update|delete`: content filters, made while the server runs."""

import argparse
from typing import Final

from zaffre.cli.noun import Noun, add_noun
from zaffre.core.resources import Kind

_LEVEL: Final = "off, low, medium or high"
_DETECTION: Final = "off, annotate or block"

NOUN: Final = Noun(
    Kind.CONTENT_FILTER,
    "content filters",
    lambda config: config.content_filters,
    None,
    {
        "base": ("FILTER", "Microsoft.DefaultV2 (default) or Microsoft.Default: what goes without saying"),
        "mode": ("MODE", "of streams: default, or asynchronous"),
        "hate": ("LEVEL", f"from which severity on: {_LEVEL}"),
        "sexual": ("LEVEL", "likewise"),
        "violence": ("LEVEL", "likewise"),
        "self_harm": ("LEVEL", "likewise"),
        "jailbreak": ("ACTION", _DETECTION),
        "indirect_attack": ("ACTION", _DETECTION),
        "profanity": ("ACTION", _DETECTION),
        "blocklists": ("NAME,...", "lists of what is not wanted"),
        "backend": ("CLASSIFIER", "who judges (default: local)"),
        "on_error": ("open|closed", "whether a call is answered that could not be checked"),
    },
    ("base", "mode", "backend", "blocklists"),
    lists=("blocklists",),
    command="filter",
)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add_noun(commands, NOUN)
