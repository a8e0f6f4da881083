"""What the configuration file declares, and where it does."""

from collections.abc import Mapping

from msgspec import Struct

from zaffre.config.outline import Keys, Outline
from zaffre.config.schema import Config
from zaffre.core.resources import Kind


class Declared(Struct, frozen=True):
    """A configuration as its file has it."""

    config: Config
    outline: Outline | None = None
    """None: there is no file, and the configuration is the default one."""

    def spelled(self, kind: Kind, name: str) -> str | None:
        """The name as the file spells it; None where the file has none like it."""
        return next((each for each in self._section(kind) if each.lower() == name.lower()), None)

    def where(self, kind: Kind, name: str) -> str | None:
        """The file and the line that declare it; None where nothing does."""
        spelled = self.spelled(kind, name)
        if spelled is None:
            return None
        if self.outline is None:
            return "the default configuration"
        place = self.outline.place(self._keys(kind, spelled))
        return f"{place.file}:{place.line}"

    def where_keys(self) -> str | None:
        """The file and the line that declare the server's keys; None where nothing does."""
        if self.outline is None or not self.config.keys:
            return None
        place = self.outline.place(("keys",))
        return f"{place.file}:{place.line}"

    def _keys(self, kind: Kind, spelled: str) -> Keys:
        if kind is Kind.POLICY:
            return "policies", list(self._section(kind)).index(spelled)
        return f"{kind}s", spelled

    def _section(self, kind: Kind) -> Mapping[str, object]:
        match kind:
            case Kind.DEPLOYMENT:
                return self.config.deployments
            case Kind.CONNECTION:
                return self.config.connections
            case Kind.CONTENT_FILTER:
                return self.config.content_filters
            case Kind.BLOCKLIST:
                return self.config.blocklists
            case Kind.POLICY:
                return {each.name: each for each in self.config.policies}
            case _:
                return {}
