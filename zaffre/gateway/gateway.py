"""The one path: name -> deployment, fields -> request, rate limit, backend -> answer, usage said and the limit settled
however the call ended.

Surfaces call `admit`, then `run` or `stream` with what is asked of the backend (`gateway.asking`). A stream's first
event is awaited before anything is said to the caller: until then a refusal can still be a status.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

from zaffre.core.chat import Usage
from zaffre.core.deployment import AnsweredElsewhere, Deployment, Principal
from zaffre.core.errors import GatewayError, LimitReached, NotFound, PromptFiltered, RouteNotServed, UnknownModel
from zaffre.core.limits import Standing
from zaffre.core.modality import Modality
from zaffre.core.ports import Relays
from zaffre.core.relay import MODALITIES, Passage, Relayed
from zaffre.gateway import estimate
from zaffre.gateway.call import Call, R, Spillover
from zaffre.gateway.fields import Fields
from zaffre.gateway.limiting import let_in, settle, settle_own
from zaffre.gateway.meter import OPERATIONS, UNMETERED, Meter, Metering
from zaffre.gateway.parameters import Extras, Operation
from zaffre.gateway.relaying import watched
from zaffre.gateway.retiring import refuse_retired
from zaffre.gateway.screening.asked import passable
from zaffre.gateway.screening.stream import screened_stream
from zaffre.gateway.screening.whole import screened
from zaffre.gateway.spilling import spills, target
from zaffre.gateway.streams import E, begun, counted


class Metered(Protocol):
    """An answer, or an event of one, that may bring the usage."""

    usage: Usage | None


A = TypeVar("A", bound=Metered)
T = TypeVar("T")


class Gateway:
    """Answers calls for a set of deployments. A new set is a new Gateway; calls in flight keep theirs."""

    def __init__(
        self,
        deployments: Mapping[str, Deployment],
        default: Deployment | None = None,
        metering: Metering = UNMETERED,
        *,
        refusing_retired: bool = False,
    ) -> None:
        """
        Args:
            deployments: by lower-case name.
            default: who answers `/info` where no name is given.
            metering: watches every call that a limit lets in.
            refusing_retired: calls to models that are no longer there are refused here.
        """
        self._deployments = deployments
        self._default = default
        self._metering = metering
        self._refusing_retired = refusing_retired

    def deployment(self, principal: Principal, name: str) -> Deployment:
        """The deployment of that name, in any letter case.

        Raises:
            UnknownModel: there is none, or the principal may not use it.
            AnsweredElsewhere
        """
        found = self.named(name)
        if found is None or not principal.may_use(found):
            raise UnknownModel(name)
        if found.elsewhere:
            raise AnsweredElsewhere
        return found

    def named(self, name: str) -> Deployment | None:
        """The deployment of that name, in any letter case, whoever may use it."""
        return self._deployments.get(name) or self._deployments.get(name.lower())

    def _there(self, deployment: Deployment) -> Deployment:
        if self._refusing_retired:
            refuse_retired(deployment)
        return deployment

    def deployments(self, principal: Principal) -> list[Deployment]:
        """All that the principal may use, in the configuration's order."""
        return [each for each in self._deployments.values() if principal.may_use(each)]

    def default(self, principal: Principal) -> Deployment:
        """The deployment that is meant where no name is given.

        Raises:
            NotFound: there is none, or the principal may not use it.
        """
        if self._default is None or not principal.may_use(self._default):
            raise NotFound("Resource not found: no deployment is named, and none is the default.")
        return self._default

    def admit(
        self,
        principal: Principal,
        name: str,
        operation: Operation[R],
        body: bytes,
        fields: Fields,
        extras: Extras,
        spillover: str = "",
    ) -> Call[R]:
        """Resolve and shape: everything that can be refused before the rate limit and the backend are asked.

        Args:
            spillover: the deployment to which the caller lets the call spill over.

        Raises:
            UnknownModel, ModelRetired, RouteNotServed, ExtraParameters, InvalidParameters, UnsupportedParameters
            AnsweredElsewhere: there, or where it may spill over to.
            RecursionError: the body is nested too deeply.
        """
        deployment = self._there(self.deployment(principal, name))
        call = Call(principal, deployment, _shaped(deployment, operation, body, fields, extras))
        if deployment.provisioned:
            call.spillover = target(deployment, spillover, operation, body, fields, extras)
            there = call.spillover and self.named(call.spillover.deployment)
            if there and there.elsewhere:
                # Where it can spill over: once it has been counted here it cannot be handed on any more.
                raise AnsweredElsewhere
        return call

    def relaying(self, principal: Principal, name: str, route: str) -> Deployment:
        """The deployment that hands on requests of this route.

        Raises:
            UnknownModel, ModelRetired, RouteNotServed
        """
        deployment = self._there(self.deployment(principal, name))
        backend = deployment.backend
        able = isinstance(backend, Relays) and route in backend.relayed
        if not able or MODALITIES[route] not in deployment.serves:
            message = f"Not found: {deployment.model} does not serve {route}."
            raise RouteNotServed(message, operation=route, model=deployment.model)
        return deployment

    async def relay(
        self, principal: Principal, deployment: Deployment, passage: Passage
    ) -> tuple[Relayed, Standing | None]:
        """Hand on a request to a deployment that `relaying` has found. It counts as one, and for no tokens: what it
        will take of those cannot be told before.

        Raises: LimitReached, and what the backend raises.
        """
        own = None if principal.limiter is None else await principal.limiter.admit(0)
        standing = own if deployment.limiter is None else await deployment.limiter.admit(0)
        meter = self._metering.meter(principal, deployment, passage.route)
        try:
            if deployment.screen is not None:
                await passable(deployment.screen, passage)
            answer = await cast(Relays, deployment.backend).relay(passage)
        except GatewayError as error:
            error.standing = standing
            meter.end(error.status, None)
            raise
        except BaseException:
            meter.left(None)
            raise
        answer.pieces = await watched(answer, meter)
        return answer, standing

    async def run(self, call: Call[R], ask: Callable[[Call[R]], Awaitable[A]]) -> A:
        """A whole answer, its usage filled in where the backend did not say.

        Raises: LimitReached, and what the backend raises, all of `core.errors`.
        """
        meter = self._meter(call)
        try:
            await let_in(call)
            answer = await (ask(call) if call.deployment.screen is None else screened(call, ask))
        except GatewayError as error:
            _refused(call, error, meter)
            if call.spillover is None or not spills(error):
                _given_up(call, error)
                raise
            return await self._spilled(call, call.spillover, error, lambda other: self.run(other, ask))
        except BaseException:
            _left(call, meter)
            raise
        if answer.usage is None:
            answer.usage = estimate.usage(estimate.prompt_characters(call.request), estimate.written_in(answer))
        settle(call, answer.usage)
        meter.end(200, answer.usage)
        return answer

    async def stream(
        self, call: Call[R], ask: Callable[[Call[R]], AsyncGenerator[list[E], None]]
    ) -> AsyncGenerator[list[E], None]:
        """A stream of events that has begun: its first words are here, so no status can follow any more.

        Raises: LimitReached, and what the backend raises before its first words.
        """
        meter = self._meter(call, streamed=True)
        try:
            await let_in(call)
            source = ask(call) if call.deployment.screen is None else screened_stream(call, ask)
            first = await begun(source)
        except GatewayError as error:
            _refused(call, error, meter)
            if call.spillover is None or not spills(error):
                _given_up(call, error)
                raise
            return await self._spilled(call, call.spillover, error, lambda other: self.stream(other, ask))
        except BaseException:
            _left(call, meter)
            raise
        meter.first_words()
        return await counted(call, meter, first, source)

    def _meter(self, call: Call[Any], *, streamed: bool = False) -> Meter:
        return self._metering.meter(call.principal, call.deployment, OPERATIONS[type(call.request)], streamed=streamed)

    async def _spilled(
        self, call: Call[R], there: Spillover[R], error: GatewayError, answered: Callable[[Call[R]], Awaitable[T]]
    ) -> T:
        """The answer of the deployment to which the call spills over.

        Raises: PromptFiltered, by that one's filter; `error`, if it fails otherwise, too.
        """
        try:
            other = self._elsewhere(call, there)
            answer = await answered(other)
        except PromptFiltered:
            # It is what the caller can do something about: coming again later would not help.
            _given_up(call, error)
            raise
        except GatewayError as second:
            _given_up(call, error)
            error.spillover_error = second.status
            raise error from None
        call.spilled_from = call.deployment.name
        call.deployment, call.request, call.standing = other.deployment, other.request, other.standing
        call.own = other.own
        call.annotations = other.annotations
        return answer

    def _elsewhere(self, call: Call[R], there: Spillover[R]) -> Call[R]:
        """The same call to the deployment to which it spills over. Raises as `admit`."""
        # A deployment that the operator names answers for the one that the caller may use.
        named = self.named(there.deployment) if there.by_operator else None
        deployment = self._there(named or self.deployment(call.principal, there.deployment))
        request = _shaped(deployment, there.operation, there.body, there.fields, there.extras)
        own, call.own = call.own, None
        return Call(call.principal, deployment, request, own=own)


def _shaped(deployment: Deployment, operation: Operation[R], body: bytes, fields: Fields, extras: Extras) -> R:
    """The request as the deployment gets it. Raises as `Gateway.admit`."""
    if operation.modality not in deployment.serves:
        words, azures = _ROUTE_WORDS[operation.modality]
        message = f"Not found: {deployment.model} does not serve {words}."
        raise RouteNotServed(message, operation=azures, model=deployment.model)
    return operation.shape(deployment, body, fields, extras)


def _of_prompt(call: Call[Any]) -> Usage:
    """What a call took whose caller left before it was answered: its prompt, at least."""
    return estimate.usage(estimate.prompt_characters(call.request), None)


def _refused(call: Call[Any], error: GatewayError, meter: Meter) -> None:
    """Settle a call that got no answer. What a backend may have done before it failed stays at its estimate. One that a
    limit kept out was no call."""
    if not call.let_in:
        if isinstance(error, LimitReached):
            meter.ledger.limited(error.deployment, error.of)
        return
    meter.end(error.status, error.used)
    error.standing = call.told
    limiter = call.deployment.limiter
    if limiter is not None and call.standing is not None and _known(error):
        limiter.settle(call.standing, error.used)


def _given_up(call: Call[Any], error: GatewayError) -> None:
    """No other deployment answers it either."""
    if _known(error):
        settle_own(call, error.used)


def _known(error: GatewayError) -> bool:
    """Whether anybody knows what a call used that got no answer."""
    return error.used is not None or not error.worked


def _left(call: Call[Any], meter: Meter) -> None:
    """Record a call whose caller left before it was answered."""
    if call.let_in:
        meter.left(_of_prompt(call))


_ROUTE_WORDS = {
    Modality.CHAT: ("chat completions", "chatCompletion"),
    Modality.COMPLETIONS: ("completions", "completion"),
    Modality.TEXT_EMBEDDINGS: ("embeddings", "embeddings"),
    Modality.IMAGE_EMBEDDINGS: ("image embeddings", "imageEmbeddings"),
    Modality.IMAGES: ("images", "imageGeneration"),
    Modality.AUDIO: ("audio", "audio"),
}
"""Our words for each kind of work, and Azure's for the operation."""
