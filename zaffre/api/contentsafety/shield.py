"""POST /contentsafety/text:shieldPrompt: attacks on the model, by its user and by documents that it reads."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from zaffre.api.contentsafety.entrance import LONGEST, answered, body_of, count, enter, judging
from zaffre.api.door import Door
from zaffre.api.place import Place
from zaffre.core.errors import BadRequest
from zaffre.net.http import Request, Response
from zaffre.safety.classifier import ATTACKS, Attack, Classifier, Side


class ShieldPrompt(Struct, rename="camel"):
    user_prompt: Annotated[str, Meta(max_length=LONGEST)] | None = None
    documents: Annotated[list[str], Meta(max_length=5)] | None = None


async def shield_prompt(door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    body = body_of(request, ShieldPrompt)
    documents = body.documents or []
    if not body.user_prompt and not documents:
        raise BadRequest("The request body is invalid: userPrompt or documents is needed.")
    if sum(map(len, documents)) > LONGEST:
        raise BadRequest(f"The request body is invalid: all documents together have more than {LONGEST} characters.")
    classifier = judging(door, *ATTACKS)
    await count(principal, body.user_prompt or "", *documents)
    answer: dict[str, Any] = {}
    if body.user_prompt:
        answer["userPromptAnalysis"] = await _analysis(classifier, body.user_prompt, "prompt", "jailbreak")
    answer["documentsAnalysis"] = [
        await _analysis(classifier, document, "document", "indirect_attack") for document in documents
    ]
    return answered(request, answer)


async def _analysis(classifier: Classifier, text: str, side: Side, attack: Attack) -> dict[str, Any]:
    found = await classifier.classify(text, side)
    analysis: dict[str, Any] = {"attackDetected": found.detected.get(attack, False)}
    if attack in found.scores:
        # Not Azure's. It ranks texts.
        analysis["score"] = found.scores[attack]
    return analysis
