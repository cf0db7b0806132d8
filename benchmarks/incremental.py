"""Measure rebuilds of a corpus of which little has changed.

    python benchmarks/incremental.py [--posts 1000] [--rounds 3] [--corpus FILE]

Prints JSON. `full` is the first rebuild, which embeds every text with a model exported before: its `seconds`, also by
stage, and texts `embedded`. `changed` has, by the number of posts with a new title, the median `seconds` over the
rounds, the `share_of_full`, and the texts `embedded`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from common import corpus_lines, export_model, median, parser, print_result, write_corpus

import semsearch

CHANGED_SHARES = {"nothing": 0.0, "one post": None, "1 %": 0.01, "10 %": 0.1}


def change_titles(lines: list[str], count: int, suffix: str) -> list[str]:
    """Return the lines with new titles in ``count`` of them, evenly spread."""
    step = len(lines) // count if count else 0
    changed = list(lines)
    for number in range(count):
        post = json.loads(lines[number * step])
        changed[number * step] = json.dumps(post | {"title": f"{post['title']}, {suffix}"}, ensure_ascii=False)
    return changed


def main() -> None:
    options = parser(__doc__, posts=1_000)
    options.add_argument("--rounds", type=int, default=3)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index, corpus = Path(folder) / "index", Path(folder) / "corpus.jsonl"
        backend = export_model(index / "cache")
        lines = list(corpus_lines(arguments.corpus, arguments.posts))
        write_corpus(corpus, lines)
        full = semsearch.rebuild(corpus, index)
        seconds: dict[str, list[float]] = {name: [] for name in CHANGED_SHARES}
        embedded: dict[str, int] = {}
        for number in range(arguments.rounds):
            for name, share in CHANGED_SHARES.items():
                count = 1 if share is None else round(share * len(lines))
                write_corpus(corpus, change_titles(lines, count, f"{number} {name}") if count else lines)
                if name == "nothing":
                    semsearch.rebuild(corpus, index)  # undoes the changes of the round before
                report = semsearch.rebuild(corpus, index)
                seconds[name].append(report.seconds)
                embedded[name] = report.embedded
    print_result(
        "incremental",
        posts=arguments.posts,
        rounds=arguments.rounds,
        form=backend,
        full={
            "seconds": round(full.seconds, 3),
            "embedded": full.embedded,
            "stages": {stage: round(spent, 3) for stage, spent in full.stages.items()},
        },
        changed={
            name: {
                "seconds": median(values),
                "share_of_full": round(median(values) / full.seconds, 4),
                "embedded": embedded[name],
            }
            for name, values in seconds.items()
        },
    )


if __name__ == "__main__":
    main()
