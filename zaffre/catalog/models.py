"""The facts of `models.toml`, found by name."""

import tomllib
from functools import cache
from importlib.resources import files

from msgspec import Struct, convert, structs

from zaffre.core.modality import Modality


class ModelFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a model. Its defaults are what is assumed of one that nobody has described."""

    name: str
    publisher: str = "unknown"
    modalities: tuple[Modality, ...] = (Modality.CHAT,)
    """The first is its own; a model may have more."""
    context: int | None = None
    """Tokens of input and output together; of an embedding model, tokens of one input."""
    dimensions: int | None = None
    """Of a vector, where nobody asks for fewer."""
    unsupported: frozenset[str] = frozenset()
    """API parameters that the model cannot do wherever it runs."""
    source: str | None = None
    """Where its weights come from when it runs in this process."""
    sha256: str | None = None
    """Of the file that `source` names."""
    link: str | None = None
    """Who says so."""

    @property
    def modality(self) -> Modality:
        """Its own kind of work."""
        return self.modalities[0]


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """A page that publishes facts, and the models it describes."""

    link: str
    models: tuple[ModelFacts, ...]


class Catalog(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    pages: tuple[Page, ...]


def find(model: str) -> ModelFacts:
    """The facts of a model, in any letter case; of an unknown one: a chat model with nothing unsupported."""
    return known().get(model.lower()) or ModelFacts(model)


@cache
def known() -> dict[str, ModelFacts]:
    """All models of the catalog, by lower-case name."""
    text = files("zaffre.catalog").joinpath("models.toml").read_text(encoding="utf-8")
    catalog = convert(tomllib.loads(text), Catalog)
    return {
        facts.name.lower(): structs.replace(facts, link=page.link) for page in catalog.pages for facts in page.models
    }
