"""Model names in addresses."""

from functools import lru_cache
from urllib.parse import quote


@lru_cache(maxsize=1024)
def model_path(model: str) -> str:
    """The model's name as one path segment that cannot reach any other path.

    Raises ValueError for the names that stay special however they are written: "", "." and "..".
    """
    if model in ("", ".", ".."):
        raise ValueError(f"{model!r} cannot stand in a path")
    return quote(model, safe="")


@lru_cache(maxsize=1024)
def target(path: str, model: str) -> str:
    """The address of a row's path for a model."""
    return path.replace("{model}", model_path(model)) if "{" in path else path
