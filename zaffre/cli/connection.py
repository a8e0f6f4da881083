"""`zaffre connection create|list|show|update|delete`: where models are, and how we prove who we are there."""

import argparse
from typing import Final

from zaffre.cli.noun import Noun, add_noun
from zaffre.core.resources import Kind

NOUN: Final = Noun(
    Kind.CONNECTION,
    "connections",
    lambda config: config.connections,
    ("provider", "the vendor's protocol"),
    {
        "base_url": ("URL", "address of the upstream (default: the provider's own)"),
        "credential": ("REFERENCE", "env:NAME or file:PATH, never the secret itself"),
        "api_version": ("VERSION", "of an Azure upstream"),
        "models": ("MODEL,...", "that it offers"),
    },
    ("provider", "base_url", "models"),
    lists=("models",),
)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add_noun(commands, NOUN)
