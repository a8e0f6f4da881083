"""From Azure's whole v1 document to the part of it that this server serves: `python -m tests.sdk.schema.trim FILE`.

FILE is `azure-v1-v1-generated.json` of https://github.com/Azure/azure-rest-api-specs, below
`specification/ai/data-plane/OpenAI.v1`, which is under the MIT licence, (c) Microsoft Corporation. Descriptions and
examples are left out. `azure-v1.json` beside this file is what came of it.
"""

import json
import sys
from pathlib import Path
from typing import Any

TRIMMED = Path(__file__).with_name("azure-v1.json")
PATHS = (
    "/chat/completions",
    "/embeddings",
    "/models",
    "/models/{model}",
    "/responses",
    "/responses/{response_id}",
    "/responses/{response_id}/input_items",
)
PROSE = frozenset({"description", "example", "examples", "summary", "externalDocs", "tags"})


def trimmed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with our paths and what they refer to, without prose."""
    paths = {path: bare(document["paths"][path]) for path in PATHS}
    schemas = document["components"]["schemas"]
    kept: dict[str, Any] = {}
    wanted = references(paths)
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept[name] = bare(schemas[name])
            wanted |= references(kept[name])
    info = {name: document["info"][name] for name in ("title", "version", "license")}
    components = {"schemas": dict(sorted(kept.items()))}
    return {"openapi": document["openapi"], "info": info, "paths": paths, "components": components}


def bare(node: Any, of_names: bool = False) -> Any:
    """The node without prose.

    Args:
        of_names: its keys are names of properties, which may be called like prose.
    """
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    names = {name for name in node if of_names or not (name in PROSE or name.startswith("x-"))}
    return {name: bare(node[name], name == "properties") for name in node if name in names}


def references(node: Any) -> set[str]:
    """The names of the schemas that the node refers to."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return (
            {node.rpartition("/")[2]} if isinstance(node, str) and node.startswith("#/components/schemas/") else set()
        )
    return set().union(*map(references, node.values())) if node else set()


if __name__ == "__main__":
    TRIMMED.write_text(json.dumps(trimmed(json.loads(Path(sys.argv[1]).read_text())), separators=(",", ":")) + "\n")
