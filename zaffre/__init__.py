"""zaffre: the open, self-hosted Azure AI Model Inference service."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("zaffre")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
