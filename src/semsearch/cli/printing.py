"""Prints results as text or JSON. Colours are used only on a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from semsearch.relating.score import Parts

if TYPE_CHECKING:  # evaluation imports scipy, which takes longer than a search
    from pathlib import Path

    from semsearch.evaluation import Comparison, Evaluation
    from semsearch.exporting import ExportResult
    from semsearch.index import VersionInfo
    from semsearch.ranking.score import Explanation
    from semsearch.rebuilding import Report
    from semsearch.relating.doctor import Diagnosis
    from semsearch.search import Hit, SearchResult

_WIDTH = 100
"""Maximum width of a line of a report, in characters."""
_MIN_TITLE_WIDTH = 8
"""Characters of a title that are always printed."""
_MAX_ROWS = 20
"""Rows of a table that are printed."""


def print_json(content: Any) -> None:
    """Print an object on one line. Lone surrogates, which UTF-8 cannot encode, are escaped."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(content, allow_nan=False)
    typer.echo(text)


def print_report(report: Report) -> None:
    """Print what a rebuild did."""
    typer.echo(
        f"version {report.version}: {report.posts} posts, {report.passages} passages "
        f"({report.embedded} embedded, {report.reused} reused), {report.rejected} rejected, "
        f"in {report.seconds:.1f} s{'; nothing changed' if report.unchanged else ''}"
    )
    if unknown := report.unknown_languages:
        listed = ", ".join(f"{posts} in {code}" for code, posts in unknown.items())
        typer.echo(
            f"{sum(unknown.values())} posts are in languages that {report.model} was not trained for ({listed}); "
            "choose a multilingual model with --model, such as intfloat/multilingual-e5-small"
        )
    related = report.related
    changed = "" if related.changed is None else f"{related.changed} of {related.compared} changed, "
    hub = f", one is in {related.hubs[0].lists}" if related.hubs else ""
    typer.echo(f"related lists: {changed}{related.orphans} posts are in none{hub}; see: semsearch doctor")


def print_search(result: SearchResult) -> None:
    """Print what an editor set for the query, corrections, warnings and hits."""
    for unknown in result.unknown:
        typer.echo(f"{unknown.text[:1].lower()}{unknown.text[1:]}")
    if result.redirect:
        typer.echo(f"an editor leads this query to {result.redirect}")
    for typed, meant in result.corrections.items():
        is_curated = "corrections" in result.curated
        typer.echo(f"{'instead of' if is_curated else 'no post has'} “{typed}”: searched for “{meant}”")
    for name in result.missing:
        typer.echo(f"no post mentions “{name}”")
    for phrase, others in result.synonyms.items():
        typer.echo(f"“{phrase}”: also searched for {', '.join(f'“{other}”' for other in others)}")
    if result.reranking and not result.reranking.done:
        typer.echo(f"{result.reranking.model} took too long: the hits are not reranked")
    if result.hits and not result.answerable and not any(hit.pinned for hit in result.hits):
        typer.echo("no clear answer; the closest posts:")
    print_hits(result.hits, first=result.offset + 1)


def print_hits(hits: Sequence[Hit], *, first: int = 1) -> None:
    """Print hits as a numbered list."""
    if not hits:
        typer.echo("nothing found")
    for number, hit in enumerate(hits, start=first):
        title = typer.style(hit.title, bold=True)
        typer.echo(
            f"{number:>3}. {title}  [{hit.id}]  confidence {hit.confidence:.2f}{'  pinned' if hit.pinned else ''}"
        )
        if excerpt := hit.passage.text if hit.passage else hit.teaser:
            typer.echo(f"     {_one_line(excerpt)}")
        if hit.url:
            typer.echo(f"     {typer.style(hit.url, dim=True)}")
        for duplicate in hit.duplicates:
            typer.echo(f"     also: {duplicate.title}  [{duplicate.id}]")
        for reason in hit.reasons:
            typer.echo(f"     {_one_line(reason.text, 3 * _WIDTH)}")
        if hit.explanation:
            typer.echo(f"     {_format_explanation(hit.explanation)}")


def print_evaluation(evaluation: Evaluation) -> None:
    """Print a table of measures by mode, and the queries with the worst results."""
    names = list(evaluation.measures)
    typer.echo(f"{'':<10}" + "".join(f"{name:>9}" for name in names))
    for mode, measures in evaluation.modes.items():
        typer.echo(f"{mode:<10}" + "".join(f"{measures[name]:>9.4f}" for name in names))
    typer.echo(f"{evaluation.queries} queries, {evaluation.seconds:.1f} s")
    typer.echo(f"\nworst queries ({evaluation.mode}):")
    for worst in evaluation.worst:
        typer.echo(f"\n{_fit_line(f'{worst.measures[names[0]]:.3f}  ', worst.query, worst.query_id)}")
        for found in worst.found:
            judged = "not judged" if found.judged is None else f"judged {found.judged}"
            typer.echo(_fit_line(f"       found   {judged:<12}", found.title, found.id))
        for missed in worst.missed:
            rank = "not found" if missed.rank is None else f"rank {missed.rank}"
            typer.echo(_fit_line(f"       missed  {rank:<12}", missed.title, missed.id))


def print_comparison(comparison: Comparison) -> None:
    """Print each measure of both runs, with the p-value of the difference."""
    typer.echo(f"\nagainst {comparison.file} ({comparison.mode}), over {comparison.queries} queries:")
    if comparison.left_out:
        typer.echo(f"{comparison.left_out} queries that are in only one of the runs are left out")
    for name, found in comparison.measures.items():
        typer.echo(
            f"{name:<8} {found.this:.4f} against {found.other:.4f}: {found.difference:+.4f}, "
            f"{found.better} better, {found.worse} worse, p = {found.p_value:.4f}"
        )


def print_exported(exported: ExportResult, folder: Path) -> None:
    """Print what an export did."""
    typer.echo(
        f"{folder}: {exported.posts} lists of version {exported.index_version}, {exported.empty} of them empty; "
        f"{exported.written} files written, {exported.removed} removed"
    )


def print_diagnosis(diagnosis: Diagnosis) -> None:
    """Print a table of posts for each kind of problem, and one of boilerplate."""
    typer.echo(f"version {diagnosis.index_version}, {diagnosis.posts} posts")
    _table(
        "near-duplicates: search shows one of each group",
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
        "no tags; suggestions from related posts",
        [
            (
                ", ".join(f"{suggested.tag} {suggested.confidence:.2f}" for suggested in post.suggestions) or "–",
                post.title,
                post.id,
            )
            for post in diagnosis.untagged
        ],
    )
    _table(
        "boilerplate: left out of search, related posts and texts",
        [(f"{found.posts} posts", found.sentence, found.example) for found in diagnosis.boilerplate],
    )


def _table(heading: str, rows: Sequence[tuple[str, str, str]]) -> None:
    """Print rows of details, title and id; at most ``_MAX_ROWS``."""
    if not rows:
        return
    typer.echo(f"\n{typer.style(heading, bold=True)} ({len(rows)})")
    width = min(max(len(details) for details, _, _ in rows[:_MAX_ROWS]), _WIDTH // 3)
    for details, title, post_id in rows[:_MAX_ROWS]:
        start = f"  {_one_line(details, width):<{width}}  " if width else "  "
        typer.echo(_fit_line(start, title, post_id))
    if len(rows) > _MAX_ROWS:
        typer.echo(f"  … and {len(rows) - _MAX_ROWS} more; --json prints all")


def print_versions(infos: Sequence[VersionInfo]) -> None:
    """Print versions, newest first; the current one has an asterisk."""
    for info in infos:
        details = info.problem or f"{info.posts} posts, {info.model}, {info.created_at}"
        typer.echo(f"{'*' if info.current else ' '} {info.version}  {details}")


def _fit_line(start: str, text: str, text_id: str) -> str:
    """Format one line with an id at its end, and as much of the text as fits."""
    end = f"  [{_one_line(text_id, _WIDTH // 2)}]"
    return f"{start}{_one_line(text, max(_WIDTH - len(start) - len(end), _MIN_TITLE_WIDTH))}{end}"


def _one_line(text: str, width: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _format_explanation(explanation: Explanation | Parts) -> str:
    if isinstance(explanation, Parts):
        terms = " + ".join(f"{worth:.2f} {name}" for name, worth in explanation.worth.items() if abs(worth) >= 0.005)
        return f"score {explanation.score:.2f} = {terms}"
    parts = []
    if semantic := explanation.semantic:
        parts.append(
            f"{explanation.semantic_weight:.2f} × meaning {semantic.score:.2f} "
            f"(whole {semantic.whole:.3f}, best sentence {semantic.passage:.3f}, hubness {semantic.hubness:.3f})"
        )
    if lexical := explanation.lexical:
        words = ", ".join(f"{share.word} in {share.field} {share.bm25:.2f}" for share in lexical.words) or "none"
        parts.append(f"{explanation.lexical_weight:.2f} × words {lexical.score:.2f} (BM25: {words})")
    if feedback := explanation.feedback:
        parts.append(
            f"{explanation.semantic_weight:.2f} × first hits {feedback.score:.2f} "
            f"(similarity {feedback.similarity:.3f})"
        )
    if recency := explanation.recency:
        parts.append(f"recency {recency.score:.2f}")
    if language := explanation.language:
        parts.append(f"language {language.score:.2f}")
    if reranking := explanation.reranking:
        return f"score {explanation.score:.2f} by relevance {reranking.relevance:.3f}; before: {' + '.join(parts)}"
    return f"score {explanation.score:.2f} = {' + '.join(parts)}"
