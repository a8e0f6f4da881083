import pytest

from zaffre.safety.local.wordpiece import WordPiece

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##afford", "##able", "the", "cost", ",", "##s"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("unaffordable", ["un", "##afford", "##able"]),
        ("the costs, the cost", ["the", "cost", "##s", ",", "the", "cost"]),
        ("xyz the", ["[UNK]", "the"]),
        ("the" * 40, ["[UNK]"]),
        ("", []),
    ],
)
def test_words_are_cut_into_the_longest_pieces_there_are(text: str, pieces: list[str]) -> None:
    assert WordPiece(VOCABULARY).tokens(text) == [VOCABULARY.index(piece) for piece in pieces]
