"""The commands that search an index: ``search`` and ``related``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from semsearch.cli.filter_options import with_filter_options
from semsearch.cli.options import (
    Diversity,
    ExcludeLinked,
    Explain,
    Index,
    Json,
    Limit,
    MinConfidence,
    ModeName,
    NoNewer,
    Reranker,
    settings_of_environment,
)
from semsearch.errors import InvalidRequest


@with_filter_options
def search(
    query: Annotated[str, typer.Argument(help="A query in natural language.")],
    index: Index = None,
    limit: Annotated[int, typer.Option(help="Maximum number of hits, 1 to 100.")] = 10,
    offset: Annotated[int, typer.Option(help="Number of hits to skip.")] = 0,
    mode: Annotated[ModeName, typer.Option(help="Compare meaning, words, or both.")] = ModeName.HYBRID,
    filters: Any = None,
    all_copies: Annotated[
        bool, typer.Option("--all-copies", help="List near-duplicates as hits of their own.")
    ] = False,
    reranker: Reranker = None,
    explain: Explain = False,
    as_json: Json = False,
) -> None:
    """Search posts.

    A post must contain a "phrase in quotation marks", and must not contain a -word with a minus.
    """
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
        explain=explain,
        collapse=not all_copies,
        **filters,
    )
    print_json(to_json(result)) if as_json else print_search(result)


def related(
    post_id: Annotated[list[str] | None, typer.Argument(help="Ids of posts.")] = None,
    texts: Annotated[
        list[Path] | None,
        typer.Option("--text", metavar="FILE", help="A text such as a draft; - reads standard input. Repeatable."),
    ] = None,
    negative: Annotated[
        list[str] | None, typer.Option("--not", metavar="POST_ID", help="A post to differ from; repeatable.")
    ] = None,
    index: Index = None,
    limit: Limit = 5,
    diversity: Diversity = 0.3,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="POST_ID", help="A post to leave out; repeatable.")
    ] = None,
    exclude_linked: ExcludeLinked = False,
    no_newer: NoNewer = False,
    min_confidence: MinConfidence = 0.3,
    explain: Explain = False,
    as_json: Json = False,
) -> None:
    """List the posts most related to posts or texts."""
    from semsearch.cli.printing import print_hits, print_json  # noqa: PLC0415
    from semsearch.search import open_index  # noqa: PLC0415
    from semsearch.search.results import to_json  # noqa: PLC0415

    settings = settings_of_environment()
    searcher = open_index(index or settings.index, cache=settings.cache, curation=settings.curation_file)
    result = searcher.related(
        *(post_id or ()),
        texts=[_read_draft(file) for file in texts or ()],
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


def _read_draft(file: Path) -> str:
    """Read the text of a draft. Raises InvalidRequest if the file cannot be read or is not UTF-8."""
    from semsearch.cli.drafts import text_of_draft  # noqa: PLC0415

    try:
        content = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
        return text_of_draft(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRequest("text", f"{file} is not text in UTF-8") from error
    except OSError as error:
        raise InvalidRequest("text", f"{file} cannot be read ({error.strerror})") from error
