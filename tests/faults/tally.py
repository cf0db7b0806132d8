"""How many faults of each kind were tried, and how many did an index survive? Printed after the tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_PROPERTY = "fault"
"""The name of the property of a test's report that holds kind, tried and survived; processes of xdist send it on."""


class Tally:
    """Counts the faults of one kind that a test tries."""

    def __init__(self, kind: str, properties: list[tuple[str, object]]) -> None:
        self._kind, self._properties = kind, properties
        self._tried = self._survived = 0
        self._properties.append((_PROPERTY, (kind, 0, 0)))

    @property
    def count(self) -> int:
        """How many were tried."""
        return self._tried

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Try one fault. It counts as survived if nothing is raised."""
        self._tried += 1
        try:
            yield
            self._survived += 1
        finally:
            self._properties[:] = [entry for entry in self._properties if entry[0] != _PROPERTY]
            self._properties.append((_PROPERTY, (self._kind, self._tried, self._survived)))


def table(reports: list[Any]) -> list[str]:
    """The lines of the table of some reports of tests: a line for each kind, with the reasons of skipped tests."""
    tried: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    skipped: defaultdict[str, set[str]] = defaultdict(set)
    for report in reports:
        for kind, number, good in (value for name, value in report.user_properties if name == _PROPERTY):
            tried[kind] += number
            survived[kind] += good
            if report.skipped:
                skipped[kind].add(report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped")
    if not tried:
        return []
    width = max(len(kind) for kind in tried)
    lines = [f"{'fault':{width}}  tried  survived  lost"]
    for kind in tried:
        reasons = "".join(f"  {reason}" for reason in sorted(skipped[kind]))
        lost = tried[kind] - survived[kind]
        lines.append(f"{kind:{width}}  {tried[kind]:5}  {survived[kind]:8}  {lost:4}{reasons}")
    return lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    stats = terminalreporter.stats
    reports = [
        report
        for outcome in ("passed", "failed", "error", "skipped")
        for report in stats.get(outcome, [])
        if report.when == "call" or outcome in ("error", "skipped")
    ]
    if lines := table(reports):
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.write_line(line)
