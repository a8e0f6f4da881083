"""The content filters of one configuration, kept across reloads while they stay the same."""

import logging
from collections.abc import Mapping

from msgspec import Struct

from zaffre.config.filters import OFF, FilterConfig
from zaffre.config.schema import Config, DeploymentConfig
from zaffre.core.screening import Filtered, Screen
from zaffre.safety.blocklists import Blocklists
from zaffre.safety.classifier import Classifier
from zaffre.safety.policy import SYSTEM, policy
from zaffre.safety.profanity import Profanity
from zaffre.safety.screen import PolicyScreen

logger = logging.getLogger(__name__)


class _Kept(Struct, frozen=True):
    wanted: FilterConfig
    classifier: Classifier | None
    screen: Screen


class Screens:
    """Makes them: policies, and the classifiers that they ask."""

    def __init__(
        self,
        config: Config,
        classifiers: Mapping[str, Classifier],
        lists: Blocklists,
        count: Filtered,
        before: "Screens | None" = None,
        *,
        default: str | None = None,
    ) -> None:
        """
        Args:
            classifiers: by the names that filters call them.
            lists: become those of this configuration.
            count: is told of every text that is stopped.
            before: those of the configuration that this one replaces.
            default: the filter of a deployment that names none.
        """
        self._filters: Mapping[str, FilterConfig] = {**SYSTEM, **config.content_filters}
        self._classifiers = classifiers
        self._count = count
        self._default = default
        self._lists = lists
        lists.declare(config.blocklists)
        self._profanity: Profanity = before._profanity if before else Profanity()
        self._before = before._kept if before else {}
        self._kept: dict[str, _Kept] = {}

    def screen(self, name: str, wanted: DeploymentConfig, *, scripted: bool = False) -> Screen | None:
        """The filter of a deployment; None: it has none, and its calls go as if there were none in the world."""
        named = self._named(wanted, scripted)
        if named is None:
            return None
        said = self._filters[named]
        classifier = self._classifiers.get(said.backend)
        kept = self._before.get(name.lower())
        if kept is None or kept.wanted != said or kept.classifier is not classifier:
            kept = _Kept(said, classifier, self._made(name, named, said, classifier))
        self._kept[name.lower()] = kept
        return kept.screen

    def judge(self, wanted: DeploymentConfig, *, scripted: bool = False) -> str | None:
        """The name of the classifier that a deployment's filter asks; None: it has none."""
        named = self._named(wanted, scripted)
        return None if named is None else self._filters[named].backend

    def _named(self, wanted: DeploymentConfig, scripted: bool) -> str | None:
        named = wanted.content_filter or (None if scripted else self._default)
        return None if named == OFF else named

    def _made(self, name: str, named: str, said: FilterConfig, classifier: Classifier | None) -> Screen:
        if classifier is None:
            logger.warning(
                "The content filter %s of %s has no classifier: this server has none that is called %s. Only lists, "
                "profanity and personal data are looked for.",
                named,
                name,
                said.backend,
            )
        return PolicyScreen(name, policy(named, said), classifier, self._lists, self._profanity, self._count)
