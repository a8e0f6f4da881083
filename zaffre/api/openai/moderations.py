"""POST /moderations: OpenAI's, which Azure does not have, so that any OpenAI client can ask what a text is about.

https://platform.openai.com/docs/api-reference/moderations
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from zaffre.api.door import Door
from zaffre.api.headers import request_id, require_json
from zaffre.api.openai.admission import answered, enter
from zaffre.api.place import Place
from zaffre.core.errors import BadRequest, NotFound
from zaffre.gateway.estimate import tokens
from zaffre.net.http import Request, Response
from zaffre.safety.classifier import CATEGORIES, MEDIUM, MINORS, Classifier, Findings

MODEL: Final = "omni-moderation-latest"
"""Answered where the caller names none."""
LONGEST: Final = 131_072
"""Characters of one text: what OpenAI's model takes in tokens, at four a token."""
_AT_ONCE: Final = 8
"""Texts of one request that are judged at the same time."""
_NAMES: Final = {"hate": "hate", "sexual": "sexual", "violence": "violence", "self_harm": "self-harm"}
"""Our categories, and OpenAI's."""
_OTHERS: Final = (
    "harassment",
    "harassment/threatening",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual/minors",
    "violence/graphic",
)
"""What clients expect to be told of, too. Of these only minors are told apart here."""

Text = Annotated[str, Meta(max_length=LONGEST)]


class TextPart(Struct, tag_field="type", tag="text"):
    text: Text


class ImagePart(Struct, tag_field="type", tag="image_url"):
    pass


class Moderate(Struct):
    input: Text | Annotated[list[Text | TextPart | ImagePart], Meta(min_length=1, max_length=1024)]
    model: Annotated[str, Meta(max_length=200)] | None = None


async def moderations(door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    require_json(request)
    body = _body(request.body)
    texts = _texts(body)
    classifier = door.content_safety.judge
    if classifier is None or classifier.categories.isdisjoint(CATEGORIES):
        raise NotFound
    if principal.limiter is not None:
        await principal.limiter.admit(tokens(sum(map(len, texts))))
    results = [_result(found) for found in await _judged(classifier, texts)]
    answer = {"id": f"modr-{request_id().decode()}", "model": body.model or MODEL, "results": results}
    return answered(door, request, msgspec.json.encode(answer))


def _body(body: bytes) -> Moderate:
    try:
        return msgspec.json.decode(body, type=Moderate)
    except UnicodeDecodeError:
        raise BadRequest("The request body is not valid UTF-8.") from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise BadRequest(f"Invalid value: {error}.", param="input", code="invalid_value") from None
    except msgspec.DecodeError:
        raise BadRequest from None


def _texts(body: Moderate) -> list[str]:
    """What is judged: each text of a list by itself, the parts of one input as one."""
    if isinstance(body.input, str):
        return [body.input]
    if any(isinstance(each, ImagePart) for each in body.input):
        raise BadRequest("Images are not judged here.", param="input", code="invalid_value")
    texts = [each for each in body.input if isinstance(each, str)]
    parts = [each.text for each in body.input if isinstance(each, TextPart)]
    if texts and parts:
        raise BadRequest("The input is a list of texts, or of parts, and not of both.", param="input")
    return texts or ["\n".join(parts)]


async def _judged(classifier: Classifier, texts: Sequence[str]) -> list[Findings]:
    found: list[Findings] = []
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        found += await asyncio.gather(*(classifier.classify(text, "prompt") for text in some))
    return found


def _result(found: Findings) -> dict[str, Any]:
    flags = dict.fromkeys((*_NAMES.values(), *_OTHERS), False)
    scores = dict.fromkeys(flags, 0.0)
    for category, name in _NAMES.items():
        severity = found.severities.get(category, 0)
        flags[name] = severity >= MEDIUM
        # The middle of the severity's eighth, where a classifier gives no score.
        scores[name] = found.scores.get(category, (severity + 0.5) / 8 if severity else 0.0)
    if found.severities.get("sexual", 0) >= MINORS:
        flags["sexual/minors"], scores["sexual/minors"] = True, scores["sexual"]
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": {name: ["text"] for name in flags},
    }
