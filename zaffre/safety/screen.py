"""One deployment's content filter at work: a policy, and those who find what it looks for."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from msgspec import structs

from zaffre.core.errors import NotScreened
from zaffre.core.screening import Filtered, Prompt, Results, Verdict
from zaffre.safety.blocklists import LONG, Blocklists
from zaffre.safety.classifier import Classifier, Findings, Side, highest
from zaffre.safety.personal_results import PERSONAL, personal_results
from zaffre.safety.policy import Policy, Watch
from zaffre.safety.profanity import Profanity
from zaffre.safety.verdicts import NOT_CHECKED, filtered, judged

T = TypeVar("T")

logger = logging.getLogger(__name__)


class PolicyScreen:
    """The port `core.screening.Screen`."""

    def __init__(
        self,
        deployment: str,
        policy: Policy,
        classifier: Classifier | None,
        lists: Blocklists,
        profanity: Profanity,
        count: Filtered,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            classifier: None: the server has none of the name that the policy says.
            lists: all that there are.
            count: is told of every text that is stopped.
            sleep: waits for so many seconds.
        """
        self._deployment = deployment
        self._policy = policy
        self._classifier = classifier
        self._lists = lists
        self._profanity = profanity
        self._count = count
        self.sleep = sleep
        self.asynchronous = policy.asynchronous
        self.parallel = policy.parallel
        self.annotates = policy.annotates
        self.reads_documents = "indirect_attack" in policy.prompt.rules
        self.masks = bool({"block", "redact"} & {*policy.completion.personal.values()})

    async def prompt(self, prompt: Prompt) -> Verdict:
        """Raises NotScreened."""
        texts: list[tuple[str, Side]] = [(prompt.text, "prompt")]
        texts += [(document, "document") for document in prompt.documents]
        verdict = await self._verdict(texts, self._policy.prompt, "prompt")
        if self._policy.self_harm_help is not None and "self_harm" in filtered(verdict.results):
            return structs.replace(verdict, told=self._policy.self_harm_help)
        return verdict

    async def completion(self, text: str) -> Verdict:
        """Raises NotScreened."""
        return await self._verdict([(text, "completion")], self._policy.completion, "completion")

    async def _verdict(self, texts: Sequence[tuple[str, Side]], watch: Watch, side: Side) -> Verdict:
        results: dict[str, Any] = {}
        texts = [(text, where) for text, where in texts if text.strip()]
        if self._classifier is not None and texts:
            results |= await self._classified(self._classifier, texts, watch)
        written = "\n".join(text for text, _ in texts)
        results |= await self._listed(written, watch)
        shown = None
        if watch.personal:
            results[PERSONAL], shown = await _aside(written, partial(personal_results, handled=watch.personal))
        stopped = filtered(results)
        self._tell(results, stopped, side, written)
        return Verdict(results, bool(stopped), shown)

    async def _listed(self, text: str, watch: Watch) -> dict[str, Any]:
        results: dict[str, Any] = {}
        rule = watch.rules.get("profanity")
        if rule is not None:
            detected = await _aside(text, self._profanity.found_in)
            results["profanity"] = {"filtered": detected and rule.blocks, "detected": detected}
        if watch.lists:
            hits = [each for each in watch.lists if await self._hit(each.name, text)]
            details = [{"id": each.name, "filtered": each.blocks} for each in hits]
            results["custom_blocklists"] = {"filtered": any(each.blocks for each in hits), "details": details}
        return results

    async def _hit(self, name: str, text: str) -> bool:
        found = self._lists.get(name)
        return found is not None and await found.found_in(text)

    async def _classified(self, classifier: Classifier, texts: Sequence[tuple[str, Side]], watch: Watch) -> Results:
        try:
            found = await _all(classifier, texts)
        except Exception as error:
            # Whatever it is, it must not become an answer that nobody has checked.
            logger.warning(
                "Content of %s could not be checked by %s: %s.", self._deployment, classifier.name, _kind(error)
            )
            self._count.filtered(self._deployment, "error", texts[0][1])
            if self._policy.closed:
                raise NotScreened from error
            return NOT_CHECKED
        return judged(found, watch.rules)

    def _tell(self, results: Results, stopped: Sequence[str], side: Side, written: str) -> None:
        """Count what is stopped, and log it: never the text, unless the policy says so."""
        if not stopped:
            return
        for category in stopped:
            self._count.filtered(self._deployment, category, side)
        logger.info(
            "Content filter %s stopped a %s of %s: %s, found by %s, text %s.",
            self._policy.name,
            side,
            self._deployment,
            ", ".join(f"{category} ({results[category].get('severity', 'detected')})" for category in stopped),
            "lists" if self._classifier is None else self._classifier.name,
            repr(written) if self._policy.log_text else f"sha256:{_digest(written)}",
        )


async def _aside(text: str, look: Callable[[str], T]) -> T:
    """What is seen in a text, off the event loop where it is long."""
    return look(text) if len(text) <= LONG else await asyncio.to_thread(look, text)


async def _all(classifier: Classifier, texts: Sequence[tuple[str, Side]]) -> Findings:
    if len(texts) == 1:
        [(text, side)] = texts
        return await classifier.classify(text, side)
    return highest(await asyncio.gather(*(classifier.classify(text, side) for text, side in texts)))


def _kind(error: Exception) -> str:
    """Never the error's own words, which may repeat the text."""
    return type(error).__name__


_DIGITS: Final = 16
"""Of a hash in the log: enough to find the same text again."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
