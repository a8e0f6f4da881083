"""The table in docs/providers.md, made of the rows. `python -m tests.providers.table` writes it anew."""

from pathlib import Path

from zaffre.providers import PROVIDERS
from zaffre.providers.codec import Provider

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
BEGIN, END = "<!-- providers -->\n", "<!-- /providers -->\n"
HEAD = "| `provider` | | chat | completions | embeddings | image embeddings | `base_url` by default | differences |\n"


def table() -> str:
    """Markdown, a line for each row."""
    rule = "| --- " * HEAD.count(" |") + "|\n"
    return HEAD + rule + "".join(_line(name, row) for name, row in PROVIDERS.items())


def _line(name: str, row: Provider) -> str:
    abilities = (row.chat, row.completions, row.embeddings, row.image_embeddings)
    cells = [
        f"`{name}`",
        f"[{row.title}]({row.docs})",
        *("yes" if ability else "" for ability in abilities),
        f"`{row.home}`" if row.home else "",
        " ".join(_differences(row)),
    ]
    return "| " + " | ".join(cells) + " |\n"


def _differences(row: Provider) -> list[str]:
    told = []
    renames = {**getattr(row.chat, "renames", {}), **getattr(row.embeddings, "renames", {})}
    if renames:
        told.append("Sent as: " + ", ".join(f"`{ours}` as `{theirs}`" for ours, theirs in renames.items()) + ".")
    unsupported = sorted(getattr(row.chat, "unsupported", frozenset()) - {"modalities"})
    if unsupported:
        told.append("Not supported: " + ", ".join(f"`{field}`" for field in unsupported) + ".")
    if row.chat and not getattr(row.chat, "usage_on_request", False):
        told.append("Usage in streams comes unasked.")
    formats = sorted(getattr(row.embeddings, "formats", frozenset()) - {"float"})
    if formats:
        told.append("Writes " + ", ".join(f"`{format_}`" for format_ in formats) + " itself.")
    if row.relayed:
        told.append("Handed on: " + ", ".join(f"`{route}`" for route in row.relayed) + ".")
    return [*told, row.note] if row.note else told


def page(text: str) -> str:
    """The page with its table as it should be."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
