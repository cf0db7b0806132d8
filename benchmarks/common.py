"""Shared by all benchmarks: options, test corpora and queries, the exported model, and the JSON result."""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import platform
import random
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import semsearch
from semsearch.corpus import Rejection, load
from semsearch.encoding import open_encoder
from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.search import Searcher, open_index

ROOT = Path(__file__).parent.parent
_CPU_FLAGS = ("amx_int8", "amx_bf16", "avx512_bf16", "avx512_vnni", "avx2")


def parser(doc: str | None, *, posts: int) -> argparse.ArgumentParser:
    """Return a parser with the options that most benchmarks have."""
    options = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    options.add_argument("--posts", type=int, default=posts, help=f"number of posts (default {posts})")
    options.add_argument("--corpus", type=Path, help="a .jsonl or .jsonl.gz file of posts (default: generated posts)")
    return options


def corpus_lines(corpus: Path | None, count: int) -> Iterator[str]:
    """Yield ``count`` posts as lines of JSON. A corpus with fewer is repeated, with other ids and texts."""
    if corpus is None:
        yield from itertools.islice(_generated_lines(), count)
        return
    number = 0
    for repetition in itertools.count():
        with (gzip.open if corpus.suffix == ".gz" else open)(corpus, "rt", encoding="utf-8") as stream:
            for line in stream:
                if number >= count:
                    return
                number += 1
                yield _vary(json.loads(line), repetition)
        if not number:
            raise SystemExit(f"{corpus} has no lines")


@contextmanager
def opened_searcher(arguments: argparse.Namespace) -> Iterator[Searcher]:
    """Open the index that the option `--index` names, or one of `--posts` posts, which is built and removed again."""
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder) / "index"
        cache = arguments.cache or index / "cache"
        if not (index / "CURRENT").exists():
            corpus = write_corpus(Path(folder) / "corpus.jsonl", corpus_lines(arguments.corpus, arguments.posts))
            semsearch.rebuild(corpus, index, cache=cache)
        yield open_index(index, cache=cache)


def write_corpus(file: Path, lines: Iterable[str]) -> Path:
    """Write lines to a file and return it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)
    return file


def read_posts(corpus: Path) -> list[Post]:
    """Return the valid posts of a corpus."""
    return [record for record in load(corpus) if not isinstance(record, Rejection)]


def generate_queries(snapshot: Snapshot, seed: int) -> Iterator[str]:
    """Yield distinct queries of 3 to 12 consecutive words from teasers of random posts.

    Ends when a thousand draws in a row give no new query.
    """
    rng, known, repeated = random.Random(seed), set[str](), 0
    while repeated < 1_000:
        [post] = snapshot.documents.get([rng.randrange(len(snapshot))])
        words = (post.teaser or post.title).replace('"', " ").split()
        start = rng.randrange(max(1, len(words) - 3))
        query = " ".join(word.lstrip("-") for word in words[start : start + rng.randint(3, 12)])[:300] or "the"
        repeated = repeated + 1 if query in known else 0
        if not repeated:
            known.add(query)
            yield query


def export_model(cache: Path) -> str:
    """Export the built-in model into a cache, and return the backend that runs it."""
    return open_encoder(cache=cache).backend


def median(values: Sequence[float]) -> float:
    """Return the median, rounded to three decimals."""
    return round(statistics.median(values), 3)


def machine() -> dict[str, Any]:
    """Describe the machine that the benchmark runs on."""
    cpu_info = Path("/proc/cpuinfo")
    text = cpu_info.read_text(encoding="utf-8") if cpu_info.exists() else ""
    names = [line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "instructions": [flag for flag in _CPU_FLAGS if flag in text.split()],
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
    }


def print_result(benchmark: str, **figures: Any) -> None:
    """Print the result of a benchmark as one line of JSON."""
    print(json.dumps({"benchmark": benchmark, **figures, "machine": machine()}))


def _vary(post: dict[str, Any], repetition: int) -> str:
    """Return a post as JSON, with another id, title and teaser in each repetition but the first."""
    changes = {}
    if repetition:
        changes = {"id": f"{post['id']}~{repetition}", "title": f"{post['title']} {repetition}"}
        if post.get("teaser"):
            changes["teaser"] = f"{post['teaser']} {repetition}"
    return json.dumps(post | changes, ensure_ascii=False)


def _generated_lines() -> Iterator[str]:
    """Yield endless distinct posts, each of three numbered sentences from the teasers of corpus/."""
    texts = [post.teaser for post in read_posts(ROOT / "corpus")]
    sentences = [f"{sentence}." for text in texts for sentence in text.rstrip(".").split(". ")]
    rng = random.Random(0)
    for number in itertools.count():
        title, *teaser = (f"{sentence[:-1]} ({number})." for sentence in rng.sample(sentences, 3))
        yield json.dumps({"id": f"p{number}", "title": title, "teaser": " ".join(teaser)})
