"""How good are the answers? A collection with judgments in, measures out, with the same code that builds and serves."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ir_measures
from ir_measures import RR, R, nDCG

from semsearch.corpus import Rejection
from semsearch.corpus.fields import MAX_CHARACTERS, InvalidField, post_from
from semsearch.encoding.models import BUILT_IN
from semsearch.errors import SemsearchError
from semsearch.posts import Post
from semsearch.rebuilding import rebuild_from
from semsearch.rebuilding.progress import OnProgress, ignore
from semsearch.search import Example, RelatedRequest, Searcher, SearchRequest, open_index
from semsearch.search.related import find_related
from semsearch.search.requests import MAX_QUERY_CHARACTERS, MAX_RELATED, Mode

DEPTH = 100
"""Hits asked for, the depth of R@100."""
MEASURES = (nDCG @ 10, R @ 100, RR)

Qrels = dict[str, dict[str, int]]
Run = dict[str, dict[str, float]]


class CollectionError(SemsearchError):
    """A folder is not a test collection."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} is not a test collection: {reason}; it has corpus.jsonl, queries.jsonl and qrels/test.tsv, "
            "or posts.jsonl and qrels/related.tsv"
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one mode did on one collection."""

    task: Literal["search", "related"]
    mode: str
    queries: int
    """Judged queries, or posts with judged related posts."""
    measures: Mapping[str, float]
    seconds: float
    """All of it: building the index, unless its vectors were known, and answering."""


def evaluate(
    folder: Path | str,
    *,
    mode: Mode = "hybrid",
    model: str = BUILT_IN,
    cache: Path,
    on_progress: OnProgress = ignore,
) -> Evaluation:
    """Builds a throwaway index of a test collection, asks every judged query, and compares with the judgments.

    ``mode`` is for search collections; related posts are ranked by relevance alone, ``diversity`` 0. Vectors are kept
    in ``cache``, which makes a second run quick. Raises CollectionError, CorpusError or ModelError.
    """
    started, folder = time.perf_counter(), Path(folder)
    task: Literal["search", "related"] = "search" if (folder / "queries.jsonl").exists() else "related"
    search = task == "search"
    qrels = _read_qrels(folder, "qrels/test.tsv" if search else "qrels/related.tsv")
    records = _read_posts(folder, "corpus.jsonl" if search else "posts.jsonl")
    with tempfile.TemporaryDirectory(prefix="semsearch-evaluate-") as index:
        rebuild_from(records, index, source=folder, model=model, cache=cache, on_progress=on_progress)
        searcher = open_index(index, cache=cache)
        run = _search_run(searcher, _read_queries(folder), qrels, mode) if search else _related_run(searcher, qrels)
        searcher.snapshot.close()
    measured = ir_measures.calc_aggregate(MEASURES, qrels, run)
    return Evaluation(
        task=task,
        mode=mode if search else "related",
        queries=len(qrels),
        measures={str(measure): round(float(measured[measure]), 4) for measure in MEASURES},
        seconds=round(time.perf_counter() - started, 3),
    )


def _search_run(searcher: Searcher, queries: Mapping[str, str], qrels: Qrels, mode: Mode) -> Run:
    run: Run = {}
    for query_id in qrels:
        request = SearchRequest(q=queries[query_id][:MAX_QUERY_CHARACTERS], limit=DEPTH, mode=mode, highlight=False)
        run[query_id] = {hit.id: hit.score for hit in searcher.answer(request).hits}
    return run


def _related_run(searcher: Searcher, qrels: Qrels) -> Run:
    ids = searcher.snapshot.documents.ids()
    run: Run = {}
    for post_id in qrels:
        request = RelatedRequest(positive=(Example(id=post_id),), limit=MAX_RELATED, diversity=0.0)
        found = find_related(searcher.snapshot, searcher.encoder, request)
        run[post_id] = {ids[ordinal]: score for ordinal, score in zip(found.ordinals, found.positive, strict=True)}
    return run


def _read_qrels(folder: Path, name: str) -> Qrels:
    qrels: Qrels = {}
    for number, line in enumerate(_lines(folder, name), start=1):
        values = line.split("\t")
        if number == 1 and values[-1] == "score":
            continue
        try:
            query_id, post_id, judgment = values
            qrels.setdefault(query_id, {})[post_id] = int(judgment)
        except ValueError as error:
            raise CollectionError(folder, f"{name}:{number} is not query, post and score, with tabs between") from error
    if not qrels:
        raise CollectionError(folder, f"{name} has no judgment")
    return qrels


def _read_queries(folder: Path) -> dict[str, str]:
    return {str(entry["_id"]): str(entry["text"]) for _, entry in _objects(folder, "queries.jsonl", ("_id", "text"))}


def _read_posts(folder: Path, name: str) -> Iterator[Post | Rejection]:
    """Posts of a collection: a search collection's text is the teaser, a posts collection's the body."""
    for number, entry in _objects(folder, name, ()):
        raw = dict(entry)
        text = str(raw.pop("text", "") or "")
        if "_id" in raw:
            raw["id"] = raw.pop("_id")
            raw["title"] = raw.get("title") or text[:100]
            raw["teaser"] = text[: MAX_CHARACTERS["teaser"]]
        else:
            raw["body"] = text
        try:
            yield post_from(raw)
        except InvalidField as error:
            yield Rejection(folder / name, number, str(error))


def _objects(folder: Path, name: str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(folder, name), start=1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise CollectionError(folder, f"{name}:{number} is not JSON") from error
        if not isinstance(entry, dict) or any(key not in entry for key in needed):
            raise CollectionError(folder, f"{name}:{number} is not an object with {', '.join(needed) or 'fields'}")
        yield number, entry


def _lines(folder: Path, name: str) -> Iterator[str]:
    try:
        with (folder / name).open(encoding="utf-8") as stream:
            yield from (line.rstrip("\n") for line in stream if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionError(folder, f"{name} cannot be read ({type(error).__name__})") from error
