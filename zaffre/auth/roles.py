"""What a token's holder may do: the roles of the configuration, and who holds them."""

from collections.abc import Collection, Iterable, Mapping

from zaffre.auth.claims import Claims
from zaffre.config.identity import Role
from zaffre.core.deployment import Principal
from zaffre.core.surface import DATA, Surface

Access = Mapping[Surface, Principal]
"""The surfaces that somebody may use, and as whom. On each, roles are added together."""


class Roles:
    """The roles of one configuration."""

    def __init__(self, roles: Mapping[str, Role] | None) -> None:
        """
        Args:
            roles: None: everybody may use every deployment, and manage none.
        """
        self._roles = roles

    def opens(self, surface: Surface) -> bool:
        """Whether there is anybody who may use a surface."""
        return (
            surface in DATA if self._roles is None else any(surface in _surfaces(role) for role in self._roles.values())
        )

    def access(self, claims: Claims) -> Access:
        """What the holder of a token may use: nothing, where it holds no role."""
        if self._roles is None:
            return dict.fromkeys(DATA, Principal(claims.name))
        held = [role for name, role in self._roles.items() if _holds(claims, name, role)]
        access = {}
        for surface in Surface:
            on_it = [role for role in held if surface in _surfaces(role)]
            if on_it:
                access[surface] = Principal(claims.name, _deployments(on_it))
        return access


def _surfaces(role: Role) -> Collection[Surface]:
    # Managing is more than using: a role has to name it.
    return DATA if role.surfaces == "all" else role.surfaces


def _holds(claims: Claims, name: str, role: Role) -> bool:
    return (
        role.anyone
        or name in claims.roles
        or not claims.groups.isdisjoint(role.groups)
        or not claims.scopes.isdisjoint(role.scopes)
        or not claims.apps.isdisjoint(role.apps)
        or claims.subject in role.subjects
    )


def _deployments(roles: Iterable[Role]) -> frozenset[str] | None:
    names: set[str] = set()
    for role in roles:
        if role.deployments == "all":
            return None
        names |= {name.lower() for name in role.deployments}
    return frozenset(names)
