"""What do all benchmarks need? Posts to index, a model ready to run, the machine in words, and JSON."""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import platform
import random
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from semsearch.corpus import Rejection, load
from semsearch.encoding import open_encoder
from semsearch.index import Snapshot
from semsearch.posts import Post

ROOT = Path(__file__).parent.parent
_FLAGS = ("amx_int8", "amx_bf16", "avx512_bf16", "avx512_vnni", "avx2")


def parser(doc: str | None, *, posts: int) -> argparse.ArgumentParser:
    """The options that benchmarks share."""
    options = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    options.add_argument("--posts", type=int, default=posts, help=f"how many posts to take (default {posts})")
    options.add_argument("--corpus", type=Path, help="a .jsonl or .jsonl.gz of posts; made up of corpus/ without it")
    return options


def lines_of(corpus: Path | None, count: int) -> Iterator[str]:
    """Posts as lines of JSON; a real corpus is repeated, with other ids and texts, where it has too few."""
    if corpus is None:
        yield from itertools.islice(_made_up(), count)
        return
    number = 0
    for turn in itertools.count():
        with (gzip.open if corpus.suffix == ".gz" else open)(corpus, "rt", encoding="utf-8") as stream:
            for line in stream:
                if number >= count:
                    return
                number += 1
                raw = json.loads(line)
                again = {"id": f"{raw['id']}~{turn}", "title": f"{raw['title']} {turn}"} if turn else {}
                if turn and raw.get("teaser"):
                    again["teaser"] = f"{raw['teaser']} {turn}"
                yield json.dumps(raw | again, ensure_ascii=False)
        if not number:
            raise SystemExit(f"{corpus} has no line")


def write_corpus(file: Path, lines: Iterable[str]) -> Path:
    """Writes a corpus of these lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)
    return file


def posts_of(corpus: Path) -> list[Post]:
    """The posts of a corpus that can be read."""
    return [record for record in load(corpus) if not isinstance(record, Rejection)]


def questions_of(snapshot: Snapshot, seed: int) -> Iterator[str]:
    """Distinct questions in the words of the posts, until a thousand draws in a row bring nothing new."""
    chance, known, stale = random.Random(seed), set[str](), 0
    while stale < 1_000:
        [post] = snapshot.documents.get([chance.randrange(len(snapshot))])
        words = (post.teaser or post.title).replace('"', " ").split()
        start = chance.randrange(max(1, len(words) - 3))
        drawn = " ".join(word.lstrip("-") for word in words[start : start + chance.randint(3, 12)])[:300] or "the"
        stale = stale + 1 if drawn in known else 0
        if not stale:
            known.add(drawn)
            yield drawn


def prepare_model(cache: Path) -> str:
    """Exports the built-in model into a cache, which is done once for a site, and says what runs it."""
    return open_encoder(cache=cache).form


def median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.exists() else ""
    names = [line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "instructions": [flag for flag in _FLAGS if flag in text.split()],
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
    }


def print_result(benchmark: str, **figures: Any) -> None:
    print(json.dumps({"benchmark": benchmark, **figures, "machine": machine()}))


def _made_up() -> Iterator[str]:
    """Endless posts of two sentences of the project's own corpus each; no two are alike."""
    texts = [post.teaser for post in posts_of(ROOT / "corpus")]
    sentences = [f"{sentence}." for text in texts for sentence in text.rstrip(".").split(". ")]
    chance = random.Random(0)
    for number in itertools.count():
        title, *teaser = (f"{sentence[:-1]} ({number})." for sentence in chance.sample(sentences, 3))
        yield json.dumps({"id": f"p{number}", "title": title, "teaser": " ".join(teaser)})
