"""A deployment of this server as a judge for content safety.

The judge is asked without a content filter and without a rate limit: a filter would judge its own questions, and a
limit that is spent would let everything through. What it takes is recorded like any other call.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import Carried, ChatParameters, ChatRequest, Completion
from zaffre.core.deployment import Deployment, Principal
from zaffre.core.errors import (
    ClassifierFailed,
    ClassifierFailure,
    GatewayError,
    InvalidParameters,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamRejected,
    UpstreamTimeout,
)
from zaffre.core.modality import Modality
from zaffre.core.ports import Chats
from zaffre.gateway.meter import OPERATIONS, Metering
from zaffre.safety.adapters.judge import Judgement

LOGPROBS: Final[Mapping[str, Any]] = {"logprobs": True, "top_logprobs": 5}


class DeploymentJudge:
    """The port `safety.adapters.judge.Judge`."""

    def __init__(
        self, classifier: str, name: str, find: Callable[[str], Deployment | None], metering: Metering
    ) -> None:
        """
        Args:
            classifier: in whose name the deployment is asked.
            name: the deployment's.
            find: the deployment of a name, as it is now.
        """
        self._principal = Principal(f"classifier:{classifier}")
        self._name = name
        self._find = find
        self._metering = metering
        self._tells = True
        """Whether it may tell what it was sure of."""

    async def judge(self, messages: Sequence[Mapping[str, str]], most: int) -> Judgement:
        """Raises ClassifierFailed."""
        deployment = self._find(self._name)
        if deployment is None or Modality.CHAT not in deployment.serves or not isinstance(deployment.backend, Chats):
            raise ClassifierFailed("refused")
        said = {"messages": messages, "model": self._name, "temperature": 0, "max_tokens": most}
        asked = {name: value for name, value in said.items() if name not in deployment.unsupported}
        completion = await self._answer(deployment, deployment.backend, asked)
        if not completion.choices:
            raise ClassifierFailed("unreadable")
        choice = completion.choices[0]
        return Judgement(choice.message.content or "", first_word(choice.logprobs))

    async def _answer(self, deployment: Deployment, backend: Chats, asked: Mapping[str, Any]) -> Completion:
        extras = deployment.backend.extras(Modality.CHAT)
        if not self._tells or (extras is not None and not extras >= LOGPROBS.keys()):
            return await self._one(deployment, backend, asked)
        try:
            return await self._one(deployment, backend, {**asked, **LOGPROBS})
        except _Refused:
            answer = await self._one(deployment, backend, asked)
        # It was the question for them that it refused, and will again.
        self._tells = False
        return answer

    async def _one(self, deployment: Deployment, backend: Chats, asked: Mapping[str, Any]) -> Completion:
        body = msgspec.json.encode(asked)
        known = msgspec.json.decode(body, type=ChatParameters)
        request = ChatRequest(known, msgspec.json.decode(body, type=dict[str, Raw]))
        meter = self._metering.meter(self._principal, deployment, OPERATIONS[ChatRequest])
        try:
            completion = await backend.chat(request)
        except GatewayError as error:
            meter.end(error.status, None)
            raise _failure(error) from None
        except BaseException:
            meter.left(None)
            raise
        meter.end(200, completion.usage)
        return completion


class _Refused(ClassifierFailed):
    """The deployment refuses the request as it is."""

    def __init__(self) -> None:
        super().__init__("refused")


def _failure(error: GatewayError) -> ClassifierFailed:
    if isinstance(error, InvalidParameters | UpstreamRejected):
        return _Refused()
    reason: ClassifierFailure = "refused"
    if isinstance(error, UpstreamTimeout):
        reason = "timeout"
    elif error.status in (429, 503):
        reason = "throttled"
    elif isinstance(error, UpstreamError) and not isinstance(error, UpstreamMisconfigured):
        reason = "unreachable"
    return ClassifierFailed(reason, retry_after=error.retry_after)


class _Alternative(Struct):
    token: str
    logprob: float


class _Token(_Alternative):
    top_logprobs: list[_Alternative] = []


class _Logprobs(Struct):
    content: list[_Token] | None = None


def first_word(logprobs: Carried | None) -> Mapping[str, float] | None:
    """The tokens that an answer's first word could have begun with -> their probabilities; None where that is not
    told."""
    if logprobs is None:
        return None
    try:
        told = msgspec.json.decode(msgspec.json.encode(logprobs), type=_Logprobs)
    except (msgspec.DecodeError, RecursionError):
        return None
    token = next((each for each in told.content or () if each.token.strip()), None)
    if token is None:
        return None
    return {each.token: math.exp(min(each.logprob, 0.0)) for each in (token, *token.top_logprobs)}
