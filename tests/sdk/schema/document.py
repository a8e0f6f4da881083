"""Azure's v1 document as the tests use it: with the mistakes that it is known to have put right, one function each."""

import json
from collections.abc import Callable
from typing import Any

from tests.sdk.schema.trim import TRIMMED

Document = dict[str, Any]

MODELS = {"/chat/completions": "able", "/embeddings": "able-embed", "/responses": "able"}
"""A deployment for each route that names one in its body."""
INPUTS = {"/chat/completions": "messages", "/embeddings": "input", "/responses": "input"}
"""What there must be besides, for an answer."""


def document(response_id: str) -> Document:
    """The document, mended.

    Args:
        response_id: of a response that is kept.
    """
    found: Document = json.loads(TRIMMED.read_text())
    for mend in MENDS:
        mend(found)
    addresses_name_what_there_is(found, {"model": "able", "response_id": response_id})
    return found


def errors_have_types_of_their_own(found: Document) -> None:
    """`type` is "error" alone in the document. Live answers say `invalid_request_error`, or null; nothing need be
    named in `param`, and not every refusal has a `code`."""
    fields = found["components"]["schemas"]["AzureErrorResponse"]["properties"]["error"]["properties"]
    fields["type"] = fields["code"] = fields["param"] = {"type": "string", "nullable": True}


def a_stream_is_made_of_events(found: Document) -> None:
    """For streams the document gives the schema of what each event's `data` holds, and leaves out the end mark."""
    for operation in (each for path in found["paths"].values() for each in path.values()):
        stream = operation["responses"]["200"]["content"].get("text/event-stream")
        if stream is not None:
            data = {"contentMediaType": "application/json", "contentSchema": stream["schema"]}
            held = {"anyOf": [{"enum": ["[DONE]"]}, data]}
            stream["schema"] = {"type": "object", "required": ["data"], "properties": {"data": held}}


def what_is_not_over_has_no_usage(found: Document) -> None:
    """A response that is queued or in progress has a null where its usage will be; the document knows no null there."""
    for response in ("AzureResponse", "OpenAI.Response"):
        fields = found["components"]["schemas"][response]["properties"]
        fields["usage"] = {"type": "object", "allOf": [fields["usage"]], "nullable": True}


def padding_can_be_declined(found: Document) -> None:
    """`obfuscation`, random letters that hide how long an event is, is wanted of every event with text; but callers
    decline it, and it says nothing."""
    found["components"]["schemas"]["OpenAI.ResponseTextDeltaEvent"]["required"].remove("obfuscation")


def empty_pages_have_no_ends(found: Document) -> None:
    """The ids of a page's first item and its last are null where it has none."""
    fields = found["components"]["schemas"]["OpenAI.ResponseItemList"]["properties"]
    for end in ("first_id", "last_id"):
        fields[end]["nullable"] = True


def what_is_deleted_stays_a_response(found: Document) -> None:
    """A deleted response's `object` is "response.deleted" in the document, and "response" in live answers."""
    (deleted,) = (
        answer["content"]["application/json"]["schema"]
        for status, answer in found["paths"]["/responses/{response_id}"]["delete"]["responses"].items()
        if status == "200"
    )
    deleted["properties"]["object"]["enum"] = ["response"]


def requests_can_be_answered(found: Document) -> None:
    """A body's `model` is any text in the document, which no server has a deployment for; a response needs no input,
    since a stored prompt may be meant; and any other name may stand beside them, all of which are refused."""
    schemas = found["components"]["schemas"]
    for path, model in MODELS.items():
        content = found["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        body = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        body["required"] = ["model", INPUTS[path]]
        body["properties"]["model"] = {"type": "string", "enum": [model]}
        body["additionalProperties"] = False


def addresses_name_what_there_is(found: Document, there_is: dict[str, str]) -> None:
    """An id in an address is any text in the document, too."""
    for path in found["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": [there_is[parameter["name"]]]}


def a_kind_of_thing_is_one_of_its_kinds(found: Document) -> None:
    """What has kinds (messages, tools, items) is an open base in the document, which nearly anything fits: so nearly
    all that is made up from it is wrong, and any answer right. It becomes the choice of its kinds, which extend the
    base."""
    schemas = found["components"]["schemas"]
    kinds = {name: schema["discriminator"]["mapping"] for name, schema in schemas.items() if "discriminator" in schema}
    for name, mapping in kinds.items():
        schemas[f"{name}.Base"] = schemas[name]
        del schemas[name]["discriminator"]
        schemas[name] = {"anyOf": [{"$ref": kind} for kind in mapping.values()]}
    for name, mapping in kinds.items():
        for kind in mapping.values():
            _extend_base(schemas, kind.rpartition("/")[2], name)


def _extend_base(schemas: Document, kind: str, name: str) -> None:
    """The kind extends the base of what it is a kind of. A kind may have kinds itself, and is a base then."""
    schema = schemas.get(f"{kind}.Base", schemas[kind])
    for part in schema["allOf"]:
        if part["$ref"].endswith(f"/{name}"):
            part["$ref"] += ".Base"


MENDS: list[Callable[[Document], None]] = [
    a_stream_is_made_of_events,
    what_is_not_over_has_no_usage,
    padding_can_be_declined,
    empty_pages_have_no_ends,
    what_is_deleted_stays_a_response,
    errors_have_types_of_their_own,
    a_kind_of_thing_is_one_of_its_kinds,
    requests_can_be_answered,
]
