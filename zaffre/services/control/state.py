"""All resources as of one revision."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from zaffre.core.resources import Changes, Edit, Kind, Resource


class State(Struct, frozen=True):
    """What was read of the store last."""

    revision: int = 0
    resources: Mapping[tuple[Kind, str], Resource] = {}
    """By kind and lower-case name."""

    def get(self, kind: Kind, name: str) -> Resource | None:
        return self.resources.get((kind, name.lower()))

    def of(self, kind: Kind) -> Iterator[Resource]:
        """All of one kind."""
        return (each for each in self.resources.values() if each.kind is kind)

    def after(self, changes: Changes) -> "State":
        """The state that these changes make of this one."""
        resources = dict(self.resources)
        for key in changes.gone:
            resources.pop(key, None)
        for each in changes.resources:
            resources[each.kind, each.name.lower()] = each
        return State(changes.revision, resources)

    def tried(self, edit: Edit) -> "State":
        """The state as it would be after an edit."""
        key = (edit.kind, edit.name.lower())
        resources = dict(self.resources)
        if edit.body is None:
            resources.pop(key, None)
        else:
            resources[key] = Resource(edit.kind, edit.name, edit.body, self.revision + 1, 0.0, 0.0)
        return State(self.revision, resources)
