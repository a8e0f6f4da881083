"""Model types, the words of `/info`, and the modality that each means."""

from zaffre.core.modality import Modality

MODEL_TYPES = {
    Modality.CHAT: "chat-completions",
    Modality.COMPLETIONS: "completions",
    Modality.TEXT_EMBEDDINGS: "embeddings",
    Modality.IMAGE_EMBEDDINGS: "image_embeddings",
    Modality.IMAGES: "image_generation",
    Modality.AUDIO: "audio_generation",
}
"""What `/info` says of a modality where the configuration does not: words that load_client and LlamaIndex take."""

_MEANING = {
    "chat": Modality.CHAT,
    "chat-completion": Modality.CHAT,
    "chat-completions": Modality.CHAT,
    "completion": Modality.COMPLETIONS,
    "completions": Modality.COMPLETIONS,
    "text-generation": Modality.COMPLETIONS,
    "embedding": Modality.TEXT_EMBEDDINGS,
    "embeddings": Modality.TEXT_EMBEDDINGS,
    "text-embedding": Modality.TEXT_EMBEDDINGS,
    "text-embeddings": Modality.TEXT_EMBEDDINGS,
    "image-embedding": Modality.IMAGE_EMBEDDINGS,
    "image-embeddings": Modality.IMAGE_EMBEDDINGS,
    "image-generation": Modality.IMAGES,
    "audio-generation": Modality.AUDIO,
}


def modality_of(model_type: str) -> Modality | None:
    """The modality that a model type means, in any letter case, with `_` or `-`. None: another type."""
    return _MEANING.get(model_type.lower().replace("_", "-"))
