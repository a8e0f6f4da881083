"""What a configuration says of classifiers elsewhere, and of how findings become one."""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Struct

from zaffre.config.forms import Address, Count, HeaderName, Name, Seconds, Share, Word, matching
from zaffre.config.mistakes import known, quoted
from zaffre.config.reading import Form
from zaffre.config.secret import HeaderValue, Secret

LOCAL: Final = "local"
"""The name of the classifier in this process."""
COMBINED: Final = "combined"
"""The name of all of them as one."""

Category = Literal["hate", "sexual", "violence", "self_harm"]
Sought = Literal[
    "hate",
    "sexual",
    "violence",
    "self_harm",
    "jailbreak",
    "indirect_attack",
    "protected_material_text",
    "protected_material_code",
]
Meant = Literal["hate", "sexual", "violence", "self_harm", "minors"]
Way = Literal["max", "first", "mean"]
Type = Literal["azure-content-safety", "moderation", "llama-guard", "shield-gemma", "http"]

Target = Annotated[str, Form("a path that begins with a slash, percent-encoded", matching(r"/[!$-;=?-Z_a-z~@]*"))]

Found = tuple[tuple[str | int, ...], str, str]
"""A mistake: the path of keys, what was expected, what was found."""


class Cuts(Struct, frozen=True):
    """The scores from which on a severity holds."""

    low: Share
    medium: Share
    high: Share


class ClassifierConfig(Struct, frozen=True):
    """A classifier elsewhere."""

    type: Type
    """The protocol spoken there."""
    base_url: Address | None = None
    credential: Secret | None = None
    headers: dict[HeaderName, HeaderValue] = {}
    timeout: Seconds = 2.0
    """For one text."""
    on_error: Literal["local", "closed"] = "local"
    """Whether others stand in for it when it fails."""
    characters: Count | None = None
    """Of one question; longer texts go in parts. None: what suits the type."""
    api_version: Word | None = None
    """Of Azure's service."""
    model: Word | None = None
    """Of a moderation endpoint."""
    deployment: str | None = None
    """Of a chat model: the deployment of this server that judges."""
    codes: dict[Word, Meant | tuple[Meant, ...]] | None = None
    """Of Llama Guard: what its codes stand for. None: those of its third version."""
    cuts: dict[Category, Cuts] = {}
    path: Target | None = None
    """Of any HTTP classifier, as the rest."""
    text: Word = "text"
    """The field in which the text goes."""
    body: dict[str, Any] = {}
    """Further fields of every request."""
    scores: dict[Sought, Word | tuple[Word, ...]] = {}
    """Where the scores are in its answer."""
    attack_cut: Share = 0.5


class CombinationConfig(Struct, frozen=True):
    """How the findings of several classifiers become one."""

    default: Way = "max"
    hate: Way | None = None
    """None: as the default. So the rest."""
    sexual: Way | None = None
    violence: Way | None = None
    self_harm: Way | None = None
    jailbreak: Way | None = None
    indirect_attack: Way | None = None
    protected_material_text: Way | None = None
    protected_material_code: Way | None = None
    order: tuple[Name, ...] | None = None
    """Who is asked. None: every classifier, in the order of the file, and the local one last."""

    def way(self, sought: str) -> Way:
        """How the findings of a category or an attack become one."""
        said: Way | None = getattr(self, sought)
        return said or self.default


_HTTP: Final = frozenset({"base_url", "credential", "headers"})
_KEYS: Final[Mapping[Type, frozenset[str]]] = {
    "azure-content-safety": _HTTP | {"api_version"},
    "moderation": _HTTP | {"model", "cuts"},
    "llama-guard": frozenset({"deployment", "codes", "cuts"}),
    "shield-gemma": frozenset({"deployment", "cuts"}),
    "http": _HTTP | {"cuts", "path", "text", "body", "scores", "attack_cut"},
}
"""The keys that each type heeds, beside those of all."""
_OF_ALL: Final = frozenset({"type", "timeout", "on_error", "characters"})
_NEEDED: Final[Mapping[Type, tuple[str, ...]]] = {
    "azure-content-safety": ("base_url",),
    "moderation": (),
    "llama-guard": ("deployment",),
    "shield-gemma": ("deployment",),
    "http": ("base_url", "scores"),
}

_UNSAID: Final = ClassifierConfig("http")


def mistakes(
    classifiers: Mapping[str, ClassifierConfig], combination: CombinationConfig, deployments: Collection[str]
) -> Iterator[Found]:
    """What the keys ask of each other.

    Args:
        deployments: the names of all.
    """
    for name, config in classifiers.items():
        place = ("classifiers", name)
        if name.lower() in (LOCAL, COMBINED):
            yield (
                place,
                f"another name than {quoted(LOCAL)} and {quoted(COMBINED)}, which have their meaning",
                quoted(name),
            )
        yield from _of_keys(place, config)
        if config.deployment is not None and config.deployment.lower() not in {each.lower() for each in deployments}:
            expected = known(deployments, "deployment", config.deployment)
            yield (*place, "deployment"), expected, quoted(config.deployment)
        for category, cuts in config.cuts.items():
            if not cuts.low <= cuts.medium <= cuts.high:
                found = f"{cuts.low:g}, {cuts.medium:g}, {cuts.high:g}"
                yield (*place, "cuts", category), "a low, a medium and a high cut in this order", found
    yield from _of_order(classifiers, combination.order)


def _of_keys(place: tuple[str, ...], config: ClassifierConfig) -> Iterator[Found]:
    kind = config.type
    for key in ClassifierConfig.__struct_fields__:
        said = getattr(config, key)
        if key not in _KEYS[kind] | _OF_ALL and said != getattr(_UNSAID, key):
            owners = " or ".join(each for each, keys in _KEYS.items() if key in keys)
            yield (*place, key), f"{key} only with type: {owners}", f"type: {kind}"
        elif key in _NEEDED[kind] and not said:
            yield (*place, key), f"{key}, since the type is {kind}", "nothing"


def _of_order(classifiers: Mapping[str, ClassifierConfig], order: tuple[str, ...] | None) -> Iterator[Found]:
    names = [*classifiers, LOCAL]
    if order == ():
        yield ("combination", "order"), "the name of a classifier (leave the key out for all)", "none"
    for number, name in enumerate(order or ()):
        if name not in names:
            yield ("combination", "order", number), known(names, "classifier", name), quoted(name)
        elif name in (order or ())[:number]:
            yield ("combination", "order", number), "each classifier once", quoted(name)
