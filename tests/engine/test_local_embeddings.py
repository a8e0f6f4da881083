"""The default embedding model: the vectors its authors publish, in every encoding that is honest."""

import math
import struct
from base64 import b64decode
from collections.abc import Sequence

import pytest

from tests.engine.local_requests import inputs
from zaffre.core.deployment import ABILITIES
from zaffre.core.errors import ContextOverflow, UnsupportedParameters
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend
from zaffre.engine.local.embedder import LocalEmbedder

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Pairs and their cosines as https://www.sbert.net/docs/sentence_transformer/usage/semantic_textual_similarity.html
# prints them for all-MiniLM-L6-v2.
PUBLISHED = {
    ("The cat sits outside", "The dog plays in the garden"): 0.2838,
    ("The new movie is awesome", "The new movie is so great"): 0.8939,
}


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True)) / (math.hypot(*first) * math.hypot(*second))


async def vectors(backend: LocalEmbedder, *texts: str) -> list[list[float]]:
    answer = await backend.embed(inputs(list(texts)))
    assert isinstance(answer.data, list)
    return [list(vector) for vector in answer.data]  # type: ignore[arg-type]


async def test_it_embeds_and_does_nothing_else(minilm: LocalEmbedder) -> None:
    assert isinstance(minilm, Backend)
    assert [modality for modality, ability in ABILITIES.items() if isinstance(minilm, ability)] == [
        Modality.TEXT_EMBEDDINGS
    ]
    assert minilm.unsupported == {"dimensions", "input_type"}


async def test_a_cat_outside_and_a_man_with_a_guitar_are_as_far_apart_as_the_authors_say(minilm: LocalEmbedder) -> None:
    cat, guitar = await vectors(minilm, "The cat sits outside", "A man is playing guitar")
    assert len(cat) == 384
    assert cosine(cat, guitar) == pytest.approx(0.0363, abs=0.0005)


@pytest.mark.parametrize("pair", PUBLISHED)
async def test_the_published_similarities_come_out(minilm: LocalEmbedder, pair: tuple[str, str]) -> None:
    assert cosine(*await vectors(minilm, *pair)) == pytest.approx(PUBLISHED[pair], abs=0.0005)


async def test_vectors_have_length_one(minilm: LocalEmbedder) -> None:
    for vector in await vectors(minilm, "short", "a somewhat longer text about nothing", ""):
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)


async def test_many_texts_come_back_in_their_order(minilm: LocalEmbedder) -> None:
    texts = [f"The number {number}" for number in range(40)]
    together = await vectors(minilm, *texts)
    for place in (0, 15, 16, 39):
        (alone,) = await vectors(minilm, texts[place])
        assert cosine(together[place], alone) == pytest.approx(1, abs=1e-5)


async def test_tokens_are_counted_over_all_texts(minilm: LocalEmbedder) -> None:
    answer = await minilm.embed(inputs(["The cat sits outside"] * 20))
    assert answer.usage is not None
    # The four words, the beginning and the end.
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (120, 120)
    assert not answer.usage.estimated


async def test_letter_case_does_not_matter_to_this_model(minilm: LocalEmbedder) -> None:
    large, small = await vectors(minilm, "PARIS Élysée", "paris elysee")
    assert cosine(large, small) == pytest.approx(1, abs=1e-5)


async def test_base64_holds_the_same_numbers(minilm: LocalEmbedder) -> None:
    ((vector,), answer) = await vectors(minilm, "a"), await minilm.embed(inputs("a", encoding_format="base64"))
    assert isinstance(answer.data, list)
    packed = b64decode(str(answer.data[0]))
    assert struct.unpack(f"<{len(packed) // 4}f", packed) == pytest.approx(vector)


async def test_binary_holds_the_signs(minilm: LocalEmbedder) -> None:
    ((vector,), answer) = await vectors(minilm, "a"), await minilm.embed(inputs("a", encoding_format="ubinary"))
    assert isinstance(answer.data, list)
    signs = "".join(f"{int(byte):08b}" for byte in answer.data[0])
    assert signs == "".join("1" if value > 0 else "0" for value in vector)


@pytest.mark.parametrize("encoding", ["int8", "uint8"])
async def test_integers_are_refused_since_they_need_the_models_own_calibration(
    minilm: LocalEmbedder, encoding: str
) -> None:
    with pytest.raises(UnsupportedParameters) as refused:
        await minilm.embed(inputs("a", encoding_format=encoding))
    assert (refused.value.complaints[0].loc, refused.value.complaints[0].input) == (
        ["body", "encoding_format"],
        encoding,
    )


async def test_a_text_may_fill_the_context_that_is_reported(minilm: LocalEmbedder) -> None:
    assert minilm.context == 512
    answer = await minilm.embed(inputs("word " * 510))
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 512


@pytest.mark.parametrize("words", [511, 5000])
async def test_a_longer_text_is_refused_and_not_cut(minilm: LocalEmbedder, words: int) -> None:
    with pytest.raises(ContextOverflow, match="512 tokens") as refused:
        await minilm.embed(inputs(["short", "word " * words]))
    assert (refused.value.code, refused.value.param) == ("context_length_exceeded", "input")


@pytest.mark.parametrize("ids", [[1, 2, 3], [[1, 2], [3]]])
async def test_token_ids_are_refused_since_every_model_has_its_own(minilm: LocalEmbedder, ids: object) -> None:
    with pytest.raises(UnsupportedParameters) as refused:
        await minilm.embed(inputs(ids))
    assert refused.value.complaints[0].loc == ["body", "input"]


async def test_nothing_that_is_embedded_appears_on_the_terminal(
    minilm: LocalEmbedder, capfd: pytest.CaptureFixture[str]
) -> None:
    await vectors(minilm, "swordfish")
    with pytest.raises(ContextOverflow):
        await vectors(minilm, "swordfish " * 600)
    assert capfd.readouterr() == ("", "")
