"""What is known of models by name, whoever serves them."""

from zaffre.catalog.models import ModelFacts, find

__all__ = ["ModelFacts", "find"]
