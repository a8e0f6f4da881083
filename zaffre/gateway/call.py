"""A call: a request that may be answered, by whom, and how it stands with its limits."""

from typing import Generic, TypeVar

from msgspec import Struct

from zaffre.core.deployment import Deployment, Principal
from zaffre.core.limits import Standing
from zaffre.core.screening import Annotations
from zaffre.gateway.fields import Fields
from zaffre.gateway.parameters import Extras, ModelRequest, Operation

R = TypeVar("R", bound=ModelRequest)


class Spillover(Struct, Generic[R]):
    """Where a call may go if its deployment cannot answer it, and all that it takes to shape it for that one."""

    deployment: str
    by_operator: bool
    """The configuration says so; else the caller does."""
    operation: Operation[R]
    body: bytes
    fields: Fields
    extras: Extras


class Call(Struct, Generic[R]):
    """One admitted request on its way."""

    principal: Principal
    deployment: Deployment
    """Who answers: another than was asked for, once it has spilled over."""
    request: R
    spillover: Spillover[R] | None = None
    standing: Standing | None = None
    """How the deployment's rate limit stood when it let the call in."""
    own: Standing | None = None
    """The same of the principal's own limit. A call that spills over has passed that one already."""
    let_in: bool = False
    """Whether both have let it in."""
    spilled_from: str = ""
    """The deployment that was asked for, where another one answers."""
    annotations: Annotations | None = None
    """What its deployment's content filter has found so far."""

    @property
    def told(self) -> Standing | None:
        """The standing that the caller is told: the deployment's, where it has a limit."""
        return self.own if self.standing is None else self.standing
