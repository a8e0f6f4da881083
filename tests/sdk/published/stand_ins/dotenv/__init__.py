"""Stands in for python-dotenv: the environment is already as the tests want it."""


def find_dotenv(filename: str) -> str:
    """No file is needed."""
    return ""


def load_dotenv(path: str, override: bool) -> bool:
    """Everything is loaded."""
    return True
