"""Test collections: a folder with posts, queries and relevance judgments (qrels)."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection as Container
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from semsearch.corpus import Rejection
from semsearch.corpus.fields import MAX_CHARACTERS, InvalidField, post_from
from semsearch.errors import SemsearchError
from semsearch.posts import Post
from semsearch.search.requests import MAX_QUERY_CHARACTERS
from semsearch.text import clean

_MAX_SCORE = 1_000
"""Greatest judgment that the measures can compute with. Usual judgments are from 0 to 4."""

log = logging.getLogger(__name__)

Task = Literal["search", "related"]
Qrels = dict[str, dict[str, int]]


class CollectionError(SemsearchError):
    """A folder is not a test collection."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} is not a test collection: {reason}; it has corpus.jsonl, queries.jsonl and qrels/test.tsv, "
            "or posts.jsonl and qrels/related.tsv"
        )


@dataclass(frozen=True, slots=True)
class Collection:
    """A test collection in a folder."""

    folder: Path
    task: Task
    posts_file: str
    queries: Mapping[str, str]
    """Text by query id; empty for the task "related", whose queries are posts."""
    qrels: Qrels
    """By query id, or by post id for the task "related": the judgment of each judged post."""

    def posts(self) -> Iterator[Post | Rejection]:
        """Read the posts, in order. The text of a search collection becomes the teaser, of a related one the body."""
        return _posts(self.folder, self.posts_file)


def read_collection(folder: Path) -> Collection:
    """Read the queries and judgments of a collection. Raises CollectionError."""
    search = (folder / "queries.jsonl").exists()
    posts, judgments = ("corpus.jsonl", "qrels/test.tsv") if search else ("posts.jsonl", "qrels/related.tsv")
    ids = _read_ids(folder, posts, "_id" if search else "id")
    queries = _read_queries(folder) if search else {}
    qrels = _read_qrels(folder, judgments, queries if search else ids, ids)
    return Collection(folder, "search" if search else "related", posts, queries, qrels)


def _read_qrels(folder: Path, name: str, queries: Container[str], posts: Container[str]) -> Qrels:
    """Read the judgments by query. A judged post that is missing from the collection stays: it counts as not found."""
    qrels: Qrels = {}
    for number, line in _lines(folder, name):
        values = [clean(value) for value in line.split("\t")]
        if not qrels and values[-1] == "score":
            continue
        try:
            query_id, post_id, judgment = values
            score = int(judgment)
        except ValueError as error:
            raise CollectionError(
                folder, f"{name}:{number} is not a query id, a post id and a score, separated by tabs"
            ) from error
        if abs(score) > _MAX_SCORE:
            raise CollectionError(folder, f"{name}:{number} has a score beyond {_MAX_SCORE}")
        qrels.setdefault(query_id, {})[post_id] = score
    if not qrels:
        raise CollectionError(folder, f"{name} has no judgment")
    known = {query_id: judged for query_id, judged in qrels.items() if query_id in queries}
    if not any(post_id in posts for judged in known.values() for post_id in judged):
        raise CollectionError(folder, f"{name} judges no post of the collection")
    if len(known) < len(qrels):
        log.warning(
            "%d of %d judged queries in %s are missing or empty, and were left out",
            len(qrels) - len(known),
            len(qrels),
            name,
        )
    return known


def _read_queries(folder: Path) -> dict[str, str]:
    """Read the queries by id, cut to the length that a search accepts. Queries without text are left out."""
    queries = {}
    for number, entry in _objects(folder, "queries.jsonl", ("_id", "text")):
        if not isinstance(entry["text"], str):
            raise CollectionError(folder, f"queries.jsonl:{number} has no text")
        if text := clean(entry["text"])[:MAX_QUERY_CHARACTERS]:
            queries[clean(str(entry["_id"]))] = text
    return queries


def _read_ids(folder: Path, name: str, key: str) -> set[str]:
    """Read the ids of all posts, including those that will be rejected."""
    ids: set[str] = set()
    for number, entry in _objects(folder, name, (key,)):
        post_id = clean(str(entry[key]))
        if post_id in ids:
            raise CollectionError(folder, f"{name}:{number} repeats the id {post_id!r} of an earlier line")
        ids.add(post_id)
    return ids


def _posts(folder: Path, name: str) -> Iterator[Post | Rejection]:
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


def _objects(folder: Path, name: str, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(folder, name):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CollectionError(folder, f"{name}:{number} is not JSON") from error
        if not isinstance(entry, dict) or any(key not in entry for key in required):
            raise CollectionError(folder, f"{name}:{number} is not an object with {', '.join(required) or 'fields'}")
        yield number, entry


def _lines(folder: Path, name: str) -> Iterator[tuple[int, str]]:
    """Read the lines that are not blank, with their numbers from 1."""
    try:
        with (folder / name).open(encoding="utf-8-sig") as stream:
            yield from ((number, line.rstrip("\n")) for number, line in enumerate(stream, start=1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionError(folder, f"{name} cannot be read ({type(error).__name__})") from error
