"""How good are the answers? A collection with judgments in, measures out, with the same code that builds and serves."""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ir_measures
from ir_measures import RR, R, nDCG

from semsearch.corpus import Rejection
from semsearch.corpus.fields import MAX_CHARACTERS, InvalidField, post_from
from semsearch.errors import PostNotFound, SemsearchError
from semsearch.model_card import BUILT_IN
from semsearch.posts import Post
from semsearch.rebuilding import rebuild_from
from semsearch.rebuilding.progress import OnProgress, ignore
from semsearch.search import Example, RelatedRequest, Searcher, SearchRequest, open_index
from semsearch.search.related import find_related
from semsearch.search.requests import MAX_QUERY_CHARACTERS, Mode
from semsearch.text import clean

log = logging.getLogger(__name__)

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
    posts, judgments = ("corpus.jsonl", "qrels/test.tsv") if search else ("posts.jsonl", "qrels/related.tsv")
    ids = _read_ids(folder, posts, "_id" if search else "id")
    queries = _read_queries(folder) if search else {}
    qrels = _read_qrels(folder, judgments, queries if search else ids, ids)
    with tempfile.TemporaryDirectory(prefix="semsearch-evaluate-") as index:
        records = _read_posts(folder, posts)
        rebuild_from(records, index, source=folder, user=folder, model=model, cache=cache, on_progress=on_progress)
        searcher = open_index(index, cache=cache)
        with closing(searcher.snapshot):
            run = _search_run(searcher, queries, qrels, mode) if search else _related_run(searcher, qrels)
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
        request = SearchRequest(q=queries[query_id], limit=DEPTH, mode=mode, highlight=False)
        run[query_id] = _in_order(hit.id for hit in searcher.answer(request).hits)
    return run


def _related_run(searcher: Searcher, qrels: Qrels) -> Run:
    ids = searcher.snapshot.documents.ids()
    run: Run = {}
    for post_id in qrels:
        request = RelatedRequest(positive=(Example(id=post_id),), diversity=0.0)
        try:
            found = find_related(searcher.snapshot, searcher.encoder, request, limit=DEPTH).ordinals.tolist()
        except PostNotFound:  # its line was rejected
            found = []
        run[post_id] = _in_order(ids[ordinal] for ordinal in found)
    return run


def _in_order(post_ids: Iterable[str]) -> dict[str, float]:
    """Scores by place: the measures would put posts of equal score into an order of their own."""
    return {post_id: -float(place) for place, post_id in enumerate(post_ids)}


def _read_qrels(folder: Path, name: str, queries: Collection[str], posts: Collection[str]) -> Qrels:
    """Judgments by query. A judged post that the collection lacks stays: it counts as not found."""
    qrels: Qrels = {}
    for number, line in _lines(folder, name):
        values = [clean(value) for value in line.split("\t")]
        if not qrels and values[-1] == "score":
            continue
        try:
            query_id, post_id, judgment = values
            score = int(judgment)
        except ValueError as error:
            raise CollectionError(folder, f"{name}:{number} is not query, post and score, with tabs between") from error
        qrels.setdefault(query_id, {})[post_id] = score
    if not qrels:
        raise CollectionError(folder, f"{name} has no judgment")
    asked = {query_id: judged for query_id, judged in qrels.items() if query_id in queries}
    if not any(post_id in posts for judged in asked.values() for post_id in judged):
        raise CollectionError(folder, f"{name} judges nothing that the collection holds")
    if len(asked) < len(qrels):
        log.warning(
            "%d of %d judged queries in %s are not there, or empty: left out", len(qrels) - len(asked), len(qrels), name
        )
    return asked


def _read_queries(folder: Path) -> dict[str, str]:
    """Questions by id, but for those that have no text: nobody can ask them."""
    queries = {}
    for number, entry in _objects(folder, "queries.jsonl", ("_id", "text")):
        if not isinstance(entry["text"], str):
            raise CollectionError(folder, f"queries.jsonl:{number} has no text")
        if text := clean(entry["text"])[:MAX_QUERY_CHARACTERS]:
            queries[clean(str(entry["_id"]))] = text
    return queries


def _read_ids(folder: Path, name: str, key: str) -> set[str]:
    """The ids of all posts, of those that will be rejected too."""
    ids: set[str] = set()
    for number, entry in _objects(folder, name, (key,)):
        post_id = clean(str(entry[key]))
        if post_id in ids:
            raise CollectionError(folder, f"{name}:{number} has the id {post_id!r} of a line before it")
        ids.add(post_id)
    return ids


def _read_posts(folder: Path, name: str) -> Iterator[Post | Rejection]:
    """Posts of a collection: a search collection's text is the teaser, a posts collection's the body."""
    for number, entry in _objects(folder, name, ()):
        raw = dict(entry)
        text = str(raw.pop("text", "") or "")
        if "_id" in raw:
            raw["id"] = str(raw.pop("_id"))
            raw["title"] = raw.get("title") or text[:100]
            raw["teaser"] = text[: MAX_CHARACTERS["teaser"]]
        else:
            raw["body"] = text
        try:
            yield post_from(raw)
        except InvalidField as error:
            yield Rejection(folder / name, number, str(error))


def _objects(folder: Path, name: str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(folder, name):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CollectionError(folder, f"{name}:{number} is not JSON") from error
        if not isinstance(entry, dict) or any(key not in entry for key in needed):
            raise CollectionError(folder, f"{name}:{number} is not an object with {', '.join(needed) or 'fields'}")
        yield number, entry


def _lines(folder: Path, name: str) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1."""
    try:
        with (folder / name).open(encoding="utf-8-sig") as stream:
            yield from ((number, line.rstrip("\n")) for number, line in enumerate(stream, start=1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionError(folder, f"{name} cannot be read ({type(error).__name__})") from error
