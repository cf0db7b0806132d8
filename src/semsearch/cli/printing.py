"""How do answers look on a terminal, and as JSON? Plain text: colours are left out where nobody sees them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from semsearch.relating.score import Parts

if TYPE_CHECKING:  # evaluation loads scipy, which takes longer than a search
    from pathlib import Path

    from semsearch.evaluation import Comparison, Evaluation
    from semsearch.exporting import Exported
    from semsearch.index import VersionInfo
    from semsearch.ranking.score import Explanation
    from semsearch.rebuilding import Report
    from semsearch.relating.doctor import Diagnosis
    from semsearch.search import Hit, SearchResult

_WIDTH = 100
"""Characters of a line of a report."""
_LEAST_TITLE = 8
"""Characters of a title, however much else stands in its line."""
_ROWS = 20
"""Of a table, those that are shown."""


def print_json(content: Any) -> None:
    """One object on one line. Half of a surrogate pair, which no UTF-8 can hold, is escaped."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(content, allow_nan=False)
    typer.echo(text)


def print_report(report: Report) -> None:
    """What a rebuild did."""
    typer.echo(
        f"version {report.version}: {report.posts} posts, {report.passages} passages "
        f"({report.embedded} embedded, {report.reused} reused), {report.rejected} rejected, "
        f"in {report.seconds:.1f} s{'; nothing had changed' if report.unchanged else ''}"
    )
    related = report.related
    changed = "" if related.changed is None else f"{related.changed} of {related.compared} changed, "
    many = f", and one is in {related.hubs[0].lists}" if related.hubs else ""
    typer.echo(f"related lists: {changed}{related.orphans} posts are in none{many}; see: semsearch doctor")


def print_search(result: SearchResult) -> None:
    """The hits, and what a reader should know of them."""
    for typed, meant in result.corrections.items():
        typer.echo(f"no post has “{typed}”: searched for “{meant}”")
    if result.reranking and not result.reranking.done:
        typer.echo(f"{result.reranking.model} took too long: the hits are in the order of the first stage")
    if result.hits and not result.answerable:
        typer.echo("no sure answer; the nearest posts:")
    print_hits(result.hits, first=result.offset + 1)


def print_hits(hits: Sequence[Hit], *, first: int = 1) -> None:
    """Hits as a numbered list."""
    if not hits:
        typer.echo("nothing found")
    for number, hit in enumerate(hits, start=first):
        title = typer.style(hit.title, bold=True)
        typer.echo(
            f"{number:>3}. {title}  [{hit.id}]  confidence {hit.confidence:.2f}{'  pinned' if hit.pinned else ''}"
        )
        if shown := hit.passage.text if hit.passage else hit.teaser:
            typer.echo(f"     {_one_line(shown)}")
        if hit.url:
            typer.echo(f"     {typer.style(hit.url, dim=True)}")
        for copy in hit.duplicates:
            typer.echo(f"     also: {copy.title}  [{copy.id}]")
        for reason in hit.reasons:
            typer.echo(f"     {_one_line(reason.text, 3 * _WIDTH)}")
        if hit.explanation:
            typer.echo(f"     {_explained(hit.explanation)}")


def print_evaluation(evaluation: Evaluation) -> None:
    """A table of measures by mode, and the questions that were answered worst."""
    names = list(evaluation.measures)
    typer.echo(f"{'':<10}" + "".join(f"{name:>9}" for name in names))
    for mode, measures in evaluation.modes.items():
        typer.echo(f"{mode:<10}" + "".join(f"{measures[name]:>9.4f}" for name in names))
    typer.echo(f"{evaluation.queries} queries, {evaluation.seconds:.1f} s")
    typer.echo(f"\nanswered worst ({evaluation.mode}):")
    for worst in evaluation.worst:
        typer.echo(f"\n{_fitted(f'{worst.measures[names[0]]:.3f}  ', worst.query, worst.query_id)}")
        for found in worst.found:
            judged = "not judged" if found.judged is None else f"judged {found.judged}"
            typer.echo(_fitted(f"       found   {judged:<12}", found.title, found.id))
        for missed in worst.missed:
            place = "not found" if missed.rank is None else f"place {missed.rank}"
            typer.echo(_fitted(f"       missed  {place:<12}", missed.title, missed.id))


def print_comparison(comparison: Comparison) -> None:
    """Each measure of both runs, and whether the difference may be luck."""
    typer.echo(f"\nagainst {comparison.file} ({comparison.mode}), over {comparison.queries} queries:")
    if comparison.left_out:
        typer.echo(f"{comparison.left_out} queries that only one of the runs has are left out")
    for name, found in comparison.measures.items():
        typer.echo(
            f"{name:<8} {found.this:.4f} against {found.other:.4f}: {found.difference:+.4f}, "
            f"{found.better} better, {found.worse} worse, p = {found.p_value:.4f}"
        )


def print_exported(exported: Exported, folder: Path) -> None:
    """What an export did."""
    typer.echo(
        f"{folder}: {exported.posts} lists of version {exported.index_version}, {exported.empty} of them empty; "
        f"{exported.written} files written, {exported.removed} removed"
    )


def print_diagnosis(diagnosis: Diagnosis) -> None:
    """Tables of what to look at, the first of each."""
    typer.echo(f"version {diagnosis.index_version}, {diagnosis.posts} posts")
    if not diagnosis.has_lists:
        typer.echo("it has no related lists: run: semsearch rebuild")
    _table(
        "near-duplicates: of each group only one is shown",
        [
            (f"{len(group)} posts", " = ".join(post.title for post in group), group[0].id)
            for group in diagnosis.duplicates
        ],
    )
    _table("orphans: in no related list", [("", post.title, post.id) for post in diagnosis.orphans])
    _table("hubs: in very many related lists", [(f"{hub.lists} lists", hub.title, hub.id) for hub in diagnosis.hubs])
    _table("thin teasers", [(f"{len(post.teaser)} characters", post.title, post.id) for post in diagnosis.thin])
    _table("no date", [("", post.title, post.id) for post in diagnosis.undated])
    _table(
        "no tags, and those that related posts have",
        [
            (", ".join(f"{one.tag} {one.confidence:.2f}" for one in post.suggestions) or "–", post.title, post.id)
            for post in diagnosis.untagged
        ],
    )


def _table(heading: str, rows: Sequence[tuple[str, str, str]]) -> None:
    """What is said of posts, their titles and their ids; the first twenty."""
    if not rows:
        return
    typer.echo(f"\n{typer.style(heading, bold=True)} ({len(rows)})")
    width = min(max(len(about) for about, _, _ in rows[:_ROWS]), _WIDTH // 3)
    for about, title, post_id in rows[:_ROWS]:
        start = f"  {_one_line(about, width):<{width}}  " if width else "  "
        typer.echo(_fitted(start, title, post_id))
    if len(rows) > _ROWS:
        typer.echo(f"  … and {len(rows) - _ROWS} more: --json has all")


def print_versions(infos: Sequence[VersionInfo]) -> None:
    """Versions, newest first; the one in use has a star."""
    for info in infos:
        about = info.problem or f"{info.posts} posts, {info.model}, {info.created_at}"
        typer.echo(f"{'*' if info.current else ' '} {info.version}  {about}")


def _fitted(start: str, text: str, text_id: str) -> str:
    """One line with as much of a text as there is room for, and its id."""
    end = f"  [{_one_line(text_id, _WIDTH // 2)}]"
    return f"{start}{_one_line(text, max(_WIDTH - len(start) - len(end), _LEAST_TITLE))}{end}"


def _one_line(text: str, width: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _explained(explanation: Explanation | Parts) -> str:
    if isinstance(explanation, Parts):
        terms = " + ".join(f"{worth:.2f} {name}" for name, worth in explanation.worth.items() if abs(worth) >= 0.005)
        return f"score {explanation.score:.2f} = {terms}"
    parts = []
    if semantic := explanation.semantic:
        parts.append(
            f"{explanation.semantic_weight:.2f} × meaning {semantic.deviations:.2f} "
            f"(whole {semantic.whole:.3f}, best sentence {semantic.passage:.3f})"
        )
    if lexical := explanation.lexical:
        words = ", ".join(f"{share.word} in {share.field} {share.bm25:.2f}" for share in lexical.words) or "none"
        parts.append(f"{explanation.lexical_weight:.2f} × words {lexical.deviations:.2f} (BM25: {words})")
    if recency := explanation.recency:
        parts.append(f"recency {recency.deviations:.2f}")
    if reranking := explanation.reranking:
        return f"score {explanation.score:.2f} by relevance {reranking.relevance:.3f}; before: {' + '.join(parts)}"
    return f"score {explanation.score:.2f} = {' + '.join(parts)}"
