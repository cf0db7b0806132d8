"""What could not be fetched, and what was left out, in one run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be fetched."""

    url: str
    reason: str
    """One line."""
    is_kept: bool
    """Whether the earlier copy stays in use."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Addresses that were left out for the same reason."""

    reason: str
    """As ``on another site``."""
    count: int
    first: str
    """The first of the addresses."""


class Report:
    """Collects failures and what was skipped."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self._skipped: dict[str, Skipped] = {}

    def fail(self, url: str, reason: str, *, is_kept: bool) -> None:
        """Add a failure."""
        self.failures.append(Failure(url, reason, is_kept))

    def skip(self, url: str, reason: str) -> None:
        """Add an address that was left out."""
        before = self._skipped.get(reason)
        self._skipped[reason] = Skipped(reason, before.count + 1, before.first) if before else Skipped(reason, 1, url)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out, by reason."""
        return tuple(self._skipped.values())
