"""Rules on a folded text. They raise a severity, or find an attack, and never lower one.

They are for what must not depend on a threshold, and for what short texts say plainly.
"""

import re
from typing import Final

from zaffre.safety.patterns import Sieve

_GROUP: Final = (
    r"(?:jews?|muslims?|christians?|blacks?|whites?|gays?|lesbians?|homosexuals?|trans(?:gender)?s?|women|"
    r"immigrants?|migrants?|"
    r"refugees?|foreigners?|mexicans?|asians?|africans?|arabs?|indians?|gypsies|roma|hindus?|disabled|minorities)"
)
_MINOR: Final = re.compile(
    r"\b(?:child(?:ren)?|kids?|toddlers?|bab(?:y|ies)|infants?|minors?|underaged?|pre-?teens?|(?:little|young|"
    r"small) (?:girls?|boys?)|"
    r"school ?(?:girls?|boys?)|lolis?|shotas?|(?:[1-9]|1[0-7])[ -]?(?:years?[ -]old|yo|y/o|yr[ -]old))\b"
)
_SEXUAL: Final = re.compile(
    r"\b(?:nudes?|naked|porn\w*|erotic\w*|horny|sexy|sexual(?:ly)? (?:explicit|act\w*|content|scene\w*|stor\w+|"
    r"image\w*|photo\w*|fantas\w+)|"
    r"sex (?:with|scene|story|tape|video)\w*|having sex|have sex|make love to|undress\w*|orgasm\w*|masturbat\w*|"
    r"blow ?jobs?|fuck(?:s|ed|ing)?)\b"
)
_PROTECTING: Final = re.compile(
    r"\b(?:prevent\w*|protect\w*|report\w*|educat\w*|illegal|unlawful|law|laws|police|victims?|survivors?|"
    r"abuse(?:d|r|rs)?|safe(?:ty|guard\w*)?|"
    r"parents?|pediatric\w*|doctors?|therap\w+|convicted|arrest\w*|charged|sentenced|bath|diapers?|birth|"
    r"breast-?fe\w+)\b"
)
_NEAR: Final = 80
"""Characters between a word for minors and a sexual one."""

_THREAT: Final = re.compile(
    r"\b(?:should|must|need to|have to|ought to|deserve to|going to|gonna|will|want to|wanna|lets|let's|let us|"
    r"time to|we)\b[^.?!]{0,30}"
    r"\b(?:kill(?:ed)?|murder(?:ed)?|exterminat\w+|gas(?:sed)?|hang(?:ed)?|shot|shoot|burn(?:ed)?|"
    r"slaughter(?:ed)?|lynch(?:ed)?|behead(?:ed)?|"
    r"eradicat\w+|wipe out|annihilat\w+)\b"
)
_IDEATION: Final = re.compile(
    r"\bi(?:'m| am|'ve| have| will|'ll)?\b[^.?!]{0,40}\b(?:want to die|wanna die|kill myself|killing myself|"
    r"end my (?:own )?life|ending my life|"
    r"take my (?:own )?life|taking my (?:own )?life|commit suicide|am suicidal|feel suicidal|"
    r"cut(?:ting)? (?:myself on purpose|my wrists)|hurt myself on purpose|"
    r"be dead|better off dead|don'?t want to (?:live|be alive)(?: anymore)?|never wake up|no reason to live)\b"
)
_METHOD: Final = re.compile(
    r"\b(?:how (?:do|can|could|should|would) (?:i|you|one|someone)|how to|(?:easiest|best|painless|quickest|"
    r"fastest) way to|ways to)\b[^.?!]{0,40}"
    r"\b(?:kill (?:myself|yourself|oneself)|commit suicide|end my (?:own )?life|die (?:painlessly|without pain|"
    r"in (?:my|your) sleep)|"
    r"(?:cut|hurt|harm) (?:myself|yourself|oneself) (?:without|so that|and hide)|overdose on)\b"
)
_URGING: Final = re.compile(
    r"\b(?:go|just|you should|why don'?t you|please)\b[^.?!]{0,12}\bkill (?:yourself|urself)\b|\bkys\b"
)
_NOT_MEANT: Final = re.compile(
    r"\b(?:laugh\w*|lol|lmao|haha\w*|joking|homework|deadline|cringe|prevent\w*|support|hotline|statistic\w*|"
    r"novel|film|movie|song|game|caffeine|"
    r"coffee|chocolate|friend|someone else|embarrass\w*|curiosity|boredom)\b"
)
_MENTION: Final = re.compile(
    r"[\"“”«»]|\b(?:words?|terms?|slurs?|phrases?|mean(?:s|ing)?|called me|said|quot\w+|wrote|offensive|racist)\b|\?"
)

_OVERRIDE: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b (?:(?:all|any|every|of|the|your|my|these|those|previous|"
    r"prior|earlier|above|preceding|"
    r"system|safety|content|original) ?){1,6}(?:instructions?|prompts?|rules|guidelines|directions|directives|"
    r"programming|polic(?:y|ies)|training)\b"
)
_UNBOUND: Final = re.compile(
    r"\byou are (?:now |going to (?:act|be) (?:as )?)?(?:dan\b|do anything now|an? (?:unrestricted|unfiltered|"
    r"uncensored|amoral|jailbroken))|\bdo anything now\b|"
    r"\b(?:developer|dev|god|jailbreak|dan) mode (?:is )?(?:enabled|activated|on)\b|"
    r"\b(?:reveal|print|repeat|output|show)\b[^.?!]{0,20}\byour (?:system|initial|hidden|original) (?:prompt|"
    r"instructions)\b"
)
_ORDER: Final = re.compile(
    r"\b(?:to|attention|important|note (?:to|for)|if you are|dear|hey|new instructions? for)[ ,:]{1,3}(?:any |"
    r"the |an? )?"
    r"(?:ai|assistant|llm|language model|chatgpt|chatbot|model|agent|copilot|summari[sz]er)\b[^.]{0,40}[:,]|"
    r"\bdo not (?:tell|inform|mention (?:this|it) to) the user\b|"
    r"\b(?:ai|assistant|llm|language model|chatgpt|agent)s? (?:reading|processing|summari[sz]ing) this\b"
)


_HARMS: Final = Sieve(
    minor=_MINOR, mention=_MENTION, threat=_THREAT, ideation=_IDEATION, method=_METHOD, urging=_URGING
)
_ATTACKS: Final = Sieve(override=_OVERRIDE, unbound=_UNBOUND, order=_ORDER)
_OF_SELF_HARM: Final = {"ideation": _IDEATION, "method": _METHOD, "urging": _URGING}


def harms(text: str, has_slur: bool) -> dict[str, int]:
    """Category -> the severity that it has at least."""
    found: dict[str, int] = {}
    fitting = _HARMS.fitting(text)
    if "minor" in fitting and _with_minors(text):
        found["sexual"] = 7
    mentioned = "mention" in fitting
    if has_slur and not mentioned:
        found["hate"] = 4
    if not mentioned and "threat" in fitting and _is_threat(text, has_slur):
        found["hate"] = found["violence"] = 6
    if any(_is_meant(text, said) for name, said in _OF_SELF_HARM.items() if name in fitting):
        found["self_harm"] = 4
    return found


def attack(text: str, *, document: bool) -> bool:
    """Whether a text overrides instructions, unbinds a model or, in a document, gives it orders."""
    fitting = _ATTACKS.fitting(text)
    return "override" in fitting or "unbound" in fitting or (document and "order" in fitting)


def _with_minors(text: str) -> bool:
    for minor in _MINOR.finditer(text):
        start = max(0, minor.start() - _NEAR)
        around = text[start : minor.end() + _NEAR]
        if _SEXUAL.search(around) and not _PROTECTING.search(text[max(0, start - _NEAR) : minor.end() + 2 * _NEAR]):
            return True
    return False


def _whom(text: str, end: int, has_slur: bool) -> bool:
    after = text[end : end + 30]
    named = re.match(
        rf" (?:all |every |each |those |these |the |you |them |of |fucking |damn |dirty |filthy ){{0,4}}{_GROUP}\b",
        after,
    )
    if named:
        return True
    before = text[max(0, end - 80) : end]
    return re.search(rf"\b(?:all|these|those|every|you) (?:of )?(?:the |you )?{_GROUP}\b", before) is not None or (
        has_slur and re.match(r" (?:all|every|those|these|the|you|them)\b", after) is not None
    )


def _is_threat(text: str, has_slur: bool) -> bool:
    threat = _THREAT.search(text)
    return threat is not None and _whom(text, threat.end(), has_slur)


def _is_meant(text: str, said: re.Pattern[str]) -> bool:
    return any(
        not _NOT_MEANT.search(text[max(0, found.start() - 60) : found.end() + 60]) for found in said.finditer(text)
    )
