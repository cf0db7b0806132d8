"""What does a rebuild cost when little has changed? Prints JSON: seconds, and the share of a full rebuild's.

    python benchmarks/incremental.py [--posts 1000] [--rounds 3] [--corpus FILE]

The full rebuild embeds every text; the model was exported before. `changed` posts have a new title.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from common import lines_of, median, parser, prepare_model, print_result, write_corpus

import semsearch

CHANGED = {"nothing": 0.0, "one post": None, "1 %": 0.01, "10 %": 0.1}


def changed(lines: list[str], count: int, turn: str) -> list[str]:
    """The lines with the titles of posts spread over all of them changed."""
    step = len(lines) // count if count else 0
    new = list(lines)
    for number in range(count):
        raw = json.loads(lines[number * step])
        new[number * step] = json.dumps(raw | {"title": f"{raw['title']}, {turn}"}, ensure_ascii=False)
    return new


def main() -> None:
    options = parser(__doc__, posts=1_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index, corpus = Path(folder) / "index", Path(folder) / "corpus.jsonl"
        form = prepare_model(index / "cache")
        lines = list(lines_of(chosen.corpus, chosen.posts))
        write_corpus(corpus, lines)
        full = semsearch.rebuild(corpus, index)
        seconds: dict[str, list[float]] = {name: [] for name in CHANGED}
        embedded: dict[str, int] = {}
        for turn in range(chosen.rounds):
            for name, share in CHANGED.items():
                count = 1 if share is None else round(share * len(lines))
                write_corpus(corpus, changed(lines, count, f"{turn} {name}") if count else lines)
                if name == "nothing":
                    semsearch.rebuild(corpus, index)  # goes back to what it was
                report = semsearch.rebuild(corpus, index)
                seconds[name].append(report.seconds)
                embedded[name] = report.embedded
    print_result(
        "incremental",
        posts=chosen.posts,
        rounds=chosen.rounds,
        form=form,
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
