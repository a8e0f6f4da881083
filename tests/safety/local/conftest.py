import pytest

from zaffre.safety.local.classifier import LocalClassifier


@pytest.fixture(scope="session")
def local() -> LocalClassifier:
    return LocalClassifier()
