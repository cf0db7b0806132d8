"""Prints what was understood of sources: counts, fields, and what to mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from semsearch.ingest.entries import Note
    from semsearch.ingest.report import SourceReport

_MAX_PLACES = 5
"""Places that are printed for one reason."""
_MAX_DETAIL = 160


def print_sources(reports: Sequence[SourceReport], *, dry_run: bool = False) -> None:
    """Print a report on each source."""
    for report in reports:
        typer.echo(f"{report.source}: read as {report.kind}, because {report.because}")
        typer.echo(f"  {summary(report)}")
        for note in report.understood[:_MAX_PLACES]:
            typer.echo(f"  {note.place}: {note.reason}{f': {note.detail}' if note.detail else ''}")
        _print_fields(report)
        _print_notes("broken", report.broken, report)
        _print_notes("warning", report.warnings, report)
        for spellings in report.merged_tags[:_MAX_PLACES]:
            typer.echo(f"  one tag: {', '.join(spellings)} → {spellings[0]}")
        if not report.fields["addresses"].posts:
            typer.echo(
                "  no post has an address: name the site with --site-url https://…, so that results can link to it"
            )
        state = "would be written to" if dry_run else "written to" if report.changed else "unchanged in"
        typer.echo(f"  {state} {report.file}")


def summary(report: SourceReport) -> str:
    """Return one line of counts: ``4,723 posts · 7 drafts · 2 broken``."""
    parts = [_counted(report.posts, "posts")]
    parts += [_counted(count, reason) for reason, count in report.left_out.items()]
    if report.broken:
        first = report.broken[0]
        parts.append(f"{report.broken_count:,} broken ({first.place}, {first.reason})")
    if report.lost_teasers:
        parts.append(f"{report.lost_teasers:,} teasers lost to templates")
    return " · ".join(parts)


def _counted(count: int, what: str) -> str:
    """``1 post``, ``2 posts``; a reason that is no plural stays as it is."""
    return f"{count:,} {what.removesuffix('s') if count == 1 and what.endswith('s') else what}"


def _print_fields(report: SourceReport) -> None:
    for name, field in report.fields.items():
        if not field.posts:
            continue
        share = "all" if field.posts == report.posts else f"{field.posts:,}"
        values = f"{field.values:,} different: " if field.values is not None else ""
        examples = (" … " if field.values is None else ", ").join(field.examples)
        typer.echo(f"  {name:<10} {share:>7}  {values}{examples}".rstrip())


def _print_notes(label: str, notes: Iterable[Note], report: SourceReport) -> None:
    """Print the notes by reason, with their number and the first places."""
    by_reason: dict[str, list[Note]] = {}
    for note in notes:
        by_reason.setdefault(note.reason, []).append(note)
    for reason, found in by_reason.items():
        typer.echo(f"  {label}: {reason} ({report.counts[reason]:,})")
        for note in found[:_MAX_PLACES]:
            typer.echo(f"    {note.place}{f': {note.detail[:_MAX_DETAIL]}' if note.detail else ''}")
        if report.counts[reason] > _MAX_PLACES:
            typer.echo(f"    and {report.counts[reason] - min(len(found), _MAX_PLACES):,} more; --json lists them")
