"""Findings of several texts, or of several classifiers, as one."""

from zaffre.safety.classifier import Findings, highest


def test_the_highest_of_each_counts_and_every_missing_verdict_is_told() -> None:
    one = Findings({"hate": 2, "sexual": 5}, {"hate": 0.3}, {"jailbreak": False}, ("azure",))
    other = Findings({"hate": 4}, {"hate": 0.2, "sexual": 0.1}, {"jailbreak": True}, ("guard", "azure"))
    together = Findings({"hate": 4, "sexual": 5}, {"hate": 0.3, "sexual": 0.1}, {"jailbreak": True}, ("azure", "guard"))
    assert highest([one, other]) == together
    assert highest([]) == Findings()
