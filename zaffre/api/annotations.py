"""What a content filter found, in the answers of the surfaces.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-annotations
"""

from typing import Any, Final

import msgspec
from msgspec import Raw

from zaffre.core.screening import Annotations

_encode: Final = msgspec.json.Encoder().encode
_object: Final = msgspec.json.Decoder(dict[str, Raw])
_choices: Final = msgspec.json.Decoder(list[dict[str, Raw]])
_number: Final = msgspec.json.Decoder(int)


def annotated(body: bytes, annotations: Annotations) -> bytes:
    """The body of a whole answer, with what was found in it. Only answers with choices have a place for that."""
    answer: dict[str, Any] = {**_object.decode(body)}
    if not annotations.shown or "choices" not in answer:
        return body
    choices: list[dict[str, Any]] = [{**choice} for choice in _choices.decode(answer["choices"])]
    for choice in choices:
        choice["content_filter_results"] = annotations.choices.get(_number.decode(choice["index"]), {})
    return _encode(answer | {"choices": choices, "prompt_filter_results": of_prompts(annotations)})


def of_prompts(annotations: Annotations) -> list[dict[str, Any]]:
    """What stands under `prompt_filter_results`."""
    return [
        {"prompt_index": place, "content_filter_results": results} for place, results in enumerate(annotations.prompts)
    ]
