"""The browser that tests use, and the last lines of a run that had none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

_NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
"""The shell is first: it is the same browser without windows, and takes a quarter less processor time."""
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
NO_CHROMIUM = "no Chromium"
"""Why tests are skipped that need a browser."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Print how many tests were skipped for want of a browser, below pytest's own summary."""
    yield
    reasons = (report.longrepr for report in terminalreporter.stats.get("skipped", ()))
    skipped = sum(isinstance(reason, tuple) and reason[2] == f"Skipped: {NO_CHROMIUM}" for reason in reasons)
    if skipped:
        terminalreporter.write_line("")
        terminalreporter.write_line(
            f"{NO_CHROMIUM}: {skipped} browser tests were skipped; install chromium or set CHROMIUM",
            red=True,
            bold=True,
        )
