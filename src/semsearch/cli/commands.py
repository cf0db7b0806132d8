"""Which commands are there? One function each; whatever is slow to load is loaded by the command that needs it."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from semsearch.cli.keys import key
from semsearch.cli.options import (
    Diversity,
    ExcludeLinked,
    Explain,
    Index,
    Json,
    Limit,
    MinConfidence,
    Model,
    NoNewer,
    Reranker,
    settings_of_environment,
)
from semsearch.cli.serving import serve
from semsearch.errors import InvalidRequest, InvalidSetting, SemsearchError

WORK_FAILED, WRONG_USAGE = 1, 2
"""Exit codes; 0 is done, 130 stopped by Ctrl-C."""

app = typer.Typer(
    help="Semantic search and related posts for anyone who publishes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help, in a fifth of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class ModeName(StrEnum):
    """The modes of search, as choices of an option."""

    HYBRID = "hybrid"
    SEMANTIC = "semantic"
    LEXICAL = "lexical"


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"semsearch {importlib.metadata.version('semsearch')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def rebuild(
    corpus: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A folder of posts, or a file.  [SEMSEARCH_CORPUS, else: corpus]"),
    ] = None,
    index: Index = None,
    model: Model = None,
    full: Annotated[bool, typer.Option("--full", help="Embed every text again, known or not.")] = False,
    max_churn: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Publish only if no more related lists change than this, 0 to 1."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Index every post of a corpus, and put the new version into use."""
    from semsearch.cli.printing import print_json, print_report  # noqa: PLC0415
    from semsearch.cli.progress import shown  # noqa: PLC0415
    from semsearch.rebuilding import rebuild as run  # noqa: PLC0415

    settings = settings_of_environment()
    with shown() as on_progress:
        report = run(
            corpus or settings.corpus,
            index or settings.index,
            model=model or settings.model,
            full=full,
            max_churn=max_churn,
            cache=settings.cache,
            on_progress=on_progress,
        )
    for rejection in report.rejections:
        typer.echo(f"rejected: {rejection}", err=True)
    if report.rejected > len(report.rejections):
        typer.echo(f"rejected: {report.rejected - len(report.rejections)} more lines", err=True)
    print_json(report.to_json()) if as_json else print_report(report)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="A question in plain words.")],
    index: Index = None,
    limit: Annotated[int, typer.Option(help="Hits at most, 1 to 100.")] = 10,
    offset: Annotated[int, typer.Option(help="Hits to pass over.")] = 0,
    mode: Annotated[ModeName, typer.Option(help="By meaning, by words, or both.")] = ModeName.HYBRID,
    tag: Annotated[list[str] | None, typer.Option(help="Only posts with this tag; may be given several times.")] = None,
    author: Annotated[list[str] | None, typer.Option(help="Only posts by this author; the same.")] = None,
    language: Annotated[str | None, typer.Option(help="Only posts in this language.")] = None,
    date_from: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Only posts from this day on.")] = None,
    date_to: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Only posts until this day.")] = None,
    all_copies: Annotated[bool, typer.Option("--all-copies", help="Show near-duplicates too.")] = False,
    reranker: Reranker = None,
    explain: Explain = False,
    as_json: Json = False,
) -> None:
    """Find the posts nearest to a question. "Words in quotation marks" must be in a post, -words must not."""
    from semsearch.cli.printing import print_json, print_search  # noqa: PLC0415
    from semsearch.search import open_index  # noqa: PLC0415
    from semsearch.search.results import to_json  # noqa: PLC0415

    settings = settings_of_environment()
    searcher = open_index(
        index or settings.index,
        cache=settings.cache,
        curation=settings.curation_file,
        reranker=reranker or settings.reranker,
        rerank_budget_ms=settings.rerank_budget_ms,
    )
    result = searcher.search(
        query,
        limit=limit,
        offset=offset,
        mode=mode.value,
        tags=tag or (),
        authors=author or (),
        language=language,
        date_from=date_from,
        date_to=date_to,
        explain=explain,
        collapse=not all_copies,
    )
    print_json(to_json(result)) if as_json else print_search(result)


@app.command()
def related(
    post_id: Annotated[list[str] | None, typer.Argument(help="Posts, by id.")] = None,
    texts: Annotated[
        list[Path] | None, typer.Option("--text", metavar="FILE", help="A text, such as a draft; - is standard input.")
    ] = None,
    negative: Annotated[list[str] | None, typer.Option("--not", metavar="POST_ID", help="Unlike this post.")] = None,
    index: Index = None,
    limit: Limit = 5,
    diversity: Diversity = 0.3,
    exclude: Annotated[list[str] | None, typer.Option(metavar="POST_ID", help="Never this post.")] = None,
    exclude_linked: ExcludeLinked = False,
    no_newer: NoNewer = False,
    min_confidence: MinConfidence = 0.0,
    explain: Explain = False,
    as_json: Json = False,
) -> None:
    """List the posts that belong beside posts and texts, and are unlike others."""
    from semsearch.cli.printing import print_hits, print_json  # noqa: PLC0415
    from semsearch.search import open_index  # noqa: PLC0415
    from semsearch.search.results import to_json  # noqa: PLC0415

    settings = settings_of_environment()
    searcher = open_index(index or settings.index, cache=settings.cache, curation=settings.curation_file)
    result = searcher.related(
        *(post_id or ()),
        texts=[_text(file) for file in texts or ()],
        negative=negative or (),
        limit=limit,
        diversity=diversity,
        exclude=exclude or (),
        exclude_linked=exclude_linked,
        newer=not no_newer,
        min_confidence=min_confidence,
        explain=explain,
    )
    print_json(to_json(result)) if as_json else print_hits(result.hits)


export = typer.Typer(help="Write what a site needs that has no server.", no_args_is_help=True)
app.add_typer(export, name="export")


@export.command("related")
def export_related(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go, two for each post.")],
    index: Index = None,
    limit: Limit = 5,
    diversity: Diversity = 0.3,
    exclude_linked: ExcludeLinked = False,
    no_newer: NoNewer = False,
    min_confidence: MinConfidence = 0.0,
    as_json: Json = False,
) -> None:
    """Write the related list of every post as JSON, and as a piece of HTML to put under it."""
    from semsearch.cli.printing import print_exported, print_json  # noqa: PLC0415
    from semsearch.exporting import export_related as run  # noqa: PLC0415
    from semsearch.search import Example, RelatedRequest, open_index  # noqa: PLC0415

    settings = settings_of_environment()
    if folder == Path():
        raise InvalidRequest("DIR", "name a folder for the files; many come")
    request = RelatedRequest(
        positive=(Example(id="-"),),
        limit=limit,
        diversity=diversity,
        exclude_linked=exclude_linked,
        newer=not no_newer,
        min_confidence=min_confidence,
    )
    searcher = open_index(index or settings.index, cache=settings.cache, curation=settings.curation_file)
    exported = run(searcher, folder, request)
    print_json(asdict(exported)) if as_json else print_exported(exported, folder)


@app.command()
def doctor(index: Index = None, as_json: Json = False) -> None:
    """Show which posts need care: copies, orphans, hubs, thin, undated and untagged ones."""
    from semsearch.cli.printing import print_diagnosis, print_json  # noqa: PLC0415
    from semsearch.index import IndexFolder  # noqa: PLC0415
    from semsearch.relating.doctor import diagnose  # noqa: PLC0415

    snapshot = IndexFolder(index or settings_of_environment().index).open()
    diagnosis = diagnose(snapshot)
    snapshot.close()
    print_json(asdict(diagnosis)) if as_json else print_diagnosis(diagnosis)


app.command()(serve)
app.command()(key)


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A test collection, for search or for related posts.")],
    mode: Annotated[ModeName | None, typer.Option(help="One mode of a search collection; all, unless given.")] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="RUN.json", help="What --json printed before: is the difference luck?")
    ] = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Measure the answers on a collection with judgments."""
    from semsearch.cli.printing import print_comparison, print_evaluation, print_json  # noqa: PLC0415
    from semsearch.cli.progress import shown  # noqa: PLC0415
    from semsearch.evaluation import compare, read_run  # noqa: PLC0415
    from semsearch.evaluation import evaluate as run  # noqa: PLC0415

    settings = settings_of_environment()
    cache = settings.cache or settings.index / "cache"
    if against:
        read_run(against)  # before the work: it may be the wrong file
    with shown() as on_progress:
        evaluation = run(
            folder,
            mode=None if mode is None else mode.value,
            model=model or settings.model,
            cache=cache,
            on_progress=on_progress,
        )
    comparison = compare(evaluation, against) if against else None
    if as_json:
        print_json(asdict(evaluation) | ({"against": asdict(comparison)} if comparison else {}))
        return
    print_evaluation(evaluation)
    if comparison:
        print_comparison(comparison)


@app.command()
def versions(index: Index = None, as_json: Json = False) -> None:
    """List the versions of the index, newest first."""
    from semsearch.cli.printing import print_json, print_versions  # noqa: PLC0415
    from semsearch.index import IndexFolder  # noqa: PLC0415

    infos = IndexFolder(index or settings_of_environment().index).infos()
    print_json({"versions": [asdict(info) for info in infos]}) if as_json else print_versions(infos)


@app.command()
def rollback(
    version: Annotated[str | None, typer.Argument(help="The version to use; the one before, unless given.")] = None,
    index: Index = None,
) -> None:
    """Put an older version into use."""
    from semsearch.index import IndexFolder  # noqa: PLC0415

    name = IndexFolder(index or settings_of_environment().index).rollback(version)
    typer.echo(f"version {name} is in use")


@app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="The version to check; the one in use, unless given.")] = None,
    index: Index = None,
) -> None:
    """Check every byte of a version."""
    from semsearch.index import IndexFolder  # noqa: PLC0415

    snapshot = IndexFolder(index or settings_of_environment().index).open(version)
    manifest = snapshot.manifest
    size = sum(file.size for file in manifest.files.values()) / 1e6
    typer.echo(
        f"version {manifest.version} is whole: {manifest.posts} posts, {len(manifest.files)} files, {size:.1f} MB"
    )
    snapshot.close()


def _text(file: Path) -> str:
    """The text of a file. Raises InvalidRequest for one that is no text."""
    from semsearch.cli.drafts import text_of_draft  # noqa: PLC0415

    try:
        content = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
        return text_of_draft(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRequest("text", f"{file} is not text in UTF-8") from error
    except OSError as error:
        raise InvalidRequest("text", f"{file} cannot be read ({error.strerror})") from error


def main() -> None:
    """Runs the command line and exits: 0 done, 1 the work failed, 2 wrong usage; one line on stderr says why."""
    logging.basicConfig(level=logging.WARNING, format="semsearch: %(message)s", stream=sys.stderr)
    try:
        app(prog_name="semsearch")
    except (InvalidRequest, InvalidSetting) as error:
        _fail(error, WRONG_USAGE)
    except SemsearchError as error:
        _fail(error, WORK_FAILED)
    except OSError as error:
        _fail(error, WORK_FAILED)


def _fail(error: Exception | str, code: int) -> NoReturn:
    typer.echo(f"semsearch: {error}", err=True)
    raise SystemExit(code)
