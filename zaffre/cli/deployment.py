"""`zaffre deployment create|list|show|update|delete`: names for models, made while the server runs."""

import argparse
from typing import Any, Final

from zaffre.app.offline import Offline
from zaffre.cli.noun import Noun, add_noun
from zaffre.config.schema import Config, DeploymentConfig
from zaffre.core.resources import Kind
from zaffre.services.control.offers import connection_of
from zaffre.services.control.retirement import stages


def _with_connection(found: Offline, name: str, body: dict[str, Any]) -> None:
    """The one connection that offers the model. Raises InvalidResource."""
    if "connection" not in body:
        body["connection"] = connection_of(found.control.effective.config, name, body["model"])


def _retirement(config: Config, wanted: DeploymentConfig) -> dict[str, str]:
    """The first day without the model, where it is known."""
    day = stages(wanted, config.connections[wanted.connection])[-1].until
    return {"retirement": day.isoformat()} if day else {}


NOUN: Final = Noun(
    Kind.DEPLOYMENT,
    "deployments",
    lambda config: config.deployments,
    ("model", "the model behind it"),
    {
        "connection": ("NAME", "where the model is (default: the one connection that offers it)"),
        "version": ("VERSION", "the model's version"),
        "sku": ("SKU", "capacity type, such as GlobalStandard"),
        "capacity": ("UNITS", "of the capacity type"),
        "rpm": ("N", "requests a minute, instead of what the capacity allows"),
        "tpm": ("N", "tokens a minute, likewise"),
        "spillover": ("DEPLOYMENT", "who answers what is too much for provisioned capacity"),
        "upstream_model": ("NAME", "what the upstream calls the model"),
    },
    ("model", "connection", "sku", "capacity", "rpm", "tpm", "retirement"),
    numbers=("capacity", "rpm", "tpm"),
    complete=_with_connection,
    facts=_retirement,
)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add_noun(commands, NOUN)
