"""What holds for every row, so that a new one cannot forget it."""

import re

import pytest
import yaml

from tests.providers.table import PAGE, page
from zaffre.core.chat import ChatParameters, CompletionParameters
from zaffre.core.deployment import ABILITIES
from zaffre.core.embeddings import EmbeddingsParameters
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend
from zaffre.net.client import Client
from zaffre.providers import NAMES, PROVIDERS, connect
from zaffre.providers.answers import FINISH_REASONS
from zaffre.providers.model_path import model_path

API_NAMES = {
    name
    for table in (ChatParameters, CompletionParameters, EmbeddingsParameters)
    for name in table.__struct_fields__
}  # fmt: skip
CODECS = {
    Modality.CHAT: "chat",
    Modality.COMPLETIONS: "completions",
    Modality.TEXT_EMBEDDINGS: "embeddings",
    Modality.IMAGE_EMBEDDINGS: "image_embeddings",
}


def test_the_table_in_the_docs_is_the_rows() -> None:
    text = PAGE.read_text()
    assert text == page(text), "write it anew: python -m tests.providers.table"


def test_names_are_the_rows() -> None:
    assert set(PROVIDERS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_row_has_a_title_a_reference_and_an_ability(name: str) -> None:
    row = PROVIDERS[name]
    assert row.title
    assert row.docs.startswith("https://")
    assert any(getattr(row, codec) for codec in CODECS.values())
    assert row.elsewhere is None or row.elsewhere in NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_a_backend_has_the_ports_of_its_row_and_no_others(name: str) -> None:
    client = Client()
    backend = connect("c", name, client=client, base_url=PROVIDERS[name].home or "http://127.0.0.1:9").backend("m")
    assert isinstance(backend, Backend)
    assert backend.unsupported <= API_NAMES
    handed_on = {Modality.IMAGES, Modality.AUDIO} if PROVIDERS[name].relayed else set()
    assert {modality for modality, port in ABILITIES.items() if isinstance(backend, port)} == handed_on | {
        modality for modality, codec in CODECS.items() if getattr(PROVIDERS[name], codec)
    }
    await backend.close()
    await client.close()


@pytest.mark.parametrize(
    ("model", "segment"),
    [
        ("gpt-4o", "gpt-4o"),
        ("a/b", "a%2Fb"),
        ("a?b#c%2e", "a%3Fb%23c%252e"),
        ("..\\x", "..%5Cx"),
        ("é \r\n", "%C3%A9%20%0D%0A"),
    ],
)
def test_a_model_name_is_one_segment(model: str, segment: str) -> None:
    assert model_path(model) == segment


@pytest.mark.parametrize("model", ["", ".", ".."])
def test_names_that_no_quoting_makes_safe_are_refused(model: str) -> None:
    with pytest.raises(ValueError, match="path"):
        model_path(model)


def test_the_finish_reasons_in_the_docs_are_those_of_the_code() -> None:
    _, lines = PAGE.read_text().split("<!-- finish reasons -->\n")
    told = {}
    for line in lines.split("<!--")[0].splitlines():
        _, reason, words, _ = line.split("|")
        told |= dict.fromkeys(re.findall(r"`(\w+)`", words), reason.strip(" `"))
    assert told == FINISH_REASONS


async def test_the_connections_in_the_docs_can_be_made() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    client = Client()
    for name, how in yaml.safe_load(example)["connections"].items():
        connection = connect(name, **how, client=client)
        assert isinstance(connection.backend("m"), Backend)
    await client.close()
