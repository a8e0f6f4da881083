"""What holds for every test."""

import os

import pytest
from hypothesis import settings

# No timing decides. In CI every run has the same examples, so that what nobody has changed cannot fail a change;
# elsewhere each run looks further.
settings.register_profile("zaffre", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("zaffre")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that must skip nothing (CI=true) fails if it skipped something."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
