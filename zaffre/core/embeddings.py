"""Text and image embeddings: what is asked and what is answered."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from zaffre.core.chat import TextInput, Usage, require_one_kind
from zaffre.core.errors import UnsupportedParameters, unsupported

EncodingFormat = Literal["float", "base64", "int8", "uint8", "binary", "ubinary"]
InputType = Literal["text", "query", "document"]
Dimensions = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class EmbeddingsParameters(Struct):
    """POST /embeddings: the fields the API names."""

    input: TextInput
    model: str | None = None
    dimensions: Dimensions | None = None
    encoding_format: EncodingFormat | None = None
    input_type: InputType | None = None

    def __post_init__(self) -> None:
        require_one_kind("input", self.input)

    def texts(self) -> list[str]:
        """The input of a model that takes texts alone.

        Raises:
            UnsupportedParameters: it is token ids.
        """
        if isinstance(self.input, str):
            return [self.input]
        texts = [text for text in self.input if isinstance(text, str)]
        if len(texts) < len(self.input):
            why = "The model takes text: token ids mean something else to every model."
            raise UnsupportedParameters([unsupported("input", self.input, why)])
        return texts


class ImageInput(Struct):
    image: str
    """A data URL."""
    text: str | None = None


class ImageEmbeddingsParameters(Struct):
    """POST /images/embeddings: the fields the API names."""

    input: Annotated[list[ImageInput], Meta(min_length=1)]
    model: str | None = None
    dimensions: Dimensions | None = None
    encoding_format: EncodingFormat | None = None
    input_type: InputType | None = None


class EmbeddingsRequest(Struct):
    """Texts to embed, as the model gets them, after the gateway shaped them."""

    known: EmbeddingsParameters
    fields: dict[str, Raw]
    """Every top-level field as sent, without nulls: extra parameters too, where the policy lets them pass."""
    pass_through: bool = False


class ImageEmbeddingsRequest(Struct):
    """Images to embed, as the model gets them."""

    known: ImageEmbeddingsParameters
    fields: dict[str, Raw]
    pass_through: bool = False


Embedding = Sequence[float] | str
"""Numbers (floats, or the integers of the quantised formats), or base64 of little-endian float32."""


class Embeddings(Struct):
    """One answer: vectors in the order of the inputs, in the encoding that was asked for."""

    data: list[Embedding] | Raw
    """Raw: the wire's own `data` array, carried through undecoded because it can be megabytes."""
    usage: Usage | None = None
