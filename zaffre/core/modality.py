"""Modality: a kind of work."""

from enum import StrEnum


class Modality(StrEnum):
    """A kind of work: one route each, those of images and of audio a few."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    TEXT_EMBEDDINGS = "text_embeddings"
    IMAGE_EMBEDDINGS = "image_embeddings"
    IMAGES = "images"
    AUDIO = "audio"
