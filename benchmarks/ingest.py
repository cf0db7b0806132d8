"""Measure how fast posts are read from Markdown files and from a WordPress export.

    python benchmarks/ingest.py [--posts 5000] [--megabytes 100] [--rounds 3]

Prints JSON.

- `markdown`: posts per second of CPU time, of a folder of Markdown files with YAML front matter: the median of some
  runs, each in a process of its own. The posts have some 700 words, three headings, lists, links, emphasis and code.
- `wordpress`: seconds and peak memory (MB, of the whole process) to read a WXR file of so many megabytes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import median, print_result

_WORDS = [
    "search",
    "index",
    "query",
    "post",
    "site",
    "reader",
    "server",
    "window",
    "letter",
    "garden",
    "river",
    "morning",
    "number",
    "answer",
    "question",
    "method",
    "model",
    "result",
    "table",
    "paper",
    "signal",
    "branch",
    "weather",
    "market",
    "music",
    "history",
    "travel",
    "engine",
    "filter",
    "memory",
    "folder",
    "version",
    "release",
]
_CHILD = """
import json, os, resource, sys, time
from pathlib import Path
from semsearch.ingest.run import Request, ingest
from semsearch.ingest.sources import parse_source
started = time.perf_counter(), time.process_time()
reports = ingest([Request(parse_source(sys.argv[1]))], Path(sys.argv[2]))
ended = time.perf_counter(), time.process_time()
print(json.dumps({
    "posts": reports[0].posts,
    "seconds": round(ended[0] - started[0], 2),
    "cpu_seconds": round(ended[1] - started[1], 2),
    "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
}))
"""


def sentence(chance: random.Random, words: int) -> str:
    """Return a sentence of so many words, some of them with inline markup in Markdown."""
    chosen = chance.choices(_WORDS, k=words)
    if chance.random() < 0.2:
        chosen[words // 2] = f"[{chosen[words // 2]}](https://example.org/{chosen[0]})"
    if chance.random() < 0.2:
        chosen[words // 3] = f"**{chosen[words // 3]}**"
    return " ".join(chosen).capitalize() + "."


def paragraph(chance: random.Random) -> str:
    return " ".join(sentence(chance, chance.randint(8, 20)) for _ in range(5))


def markdown_post(chance: random.Random, number: int) -> str:
    """Return a post of some 700 words with front matter."""
    tags = ", ".join(chance.sample(_WORDS, 3))
    parts = [
        f"---\ntitle: {sentence(chance, 6)}\ndate: 20{number % 20:02}-01-1{number % 9}\ntags: [{tags}]\n---",
        *(paragraph(chance) for _ in range(3)),
    ]
    for heading in range(3):
        parts += [f"## {sentence(chance, 4)}", paragraph(chance), paragraph(chance)]
        parts.append("\n".join(f"- {sentence(chance, 7)}" for _ in range(4)))
        parts.append(f"```python\nfor item in range({heading}):\n    print(item)\n```")
    return "\n\n".join(parts) + "\n"


def write_markdown(folder: Path, posts: int) -> float:
    """Write a folder of posts. Returns the mean size of a post in kB."""
    chance, total = random.Random(1), 0
    for number in range(posts):
        file = folder / f"{number % 50:02}" / f"post-{number}.md"
        file.parent.mkdir(exist_ok=True, parents=True)
        total += file.write_text(markdown_post(chance, number), encoding="utf-8")
    return round(total / posts / 1_000, 1)


def write_wxr(file: Path, megabytes: int) -> None:
    """Write a WordPress export of so many megabytes."""
    chance = random.Random(2)
    with file.open("w", encoding="utf-8") as stream:
        stream.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
            ' xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">\n'
            "<channel><title>A site</title><link>https://example.org</link><wp:wxr_version>1.2</wp:wxr_version>\n"
        )
        number = 0
        while stream.tell() < megabytes * 1_000_000:
            number += 1
            body = "\n\n".join(
                f"<!-- wp:paragraph -->\n<p>{paragraph(chance)} &amp; <em>more</em></p>\n<!-- /wp:paragraph -->"
                for _ in range(8)
            )
            stream.write(
                f"<item><title>{sentence(chance, 6)}</title><link>https://example.org/post-{number}/</link>"
                f"<dc:creator><![CDATA[editor]]></dc:creator><content:encoded><![CDATA[{body}]]></content:encoded>"
                f"<excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_id>{number}</wp:post_id>"
                f"<wp:post_date>2020-01-{number % 28 + 1:02} 10:00:00</wp:post_date>"
                f"<wp:post_name>post-{number}</wp:post_name>"
                "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>"
                '<category domain="category" nicename="news"><![CDATA[News]]></category></item>\n'
            )
        stream.write("</channel></rss>\n")


def run(source: Path, out: Path) -> dict[str, Any]:
    """Read a source in a process of its own."""
    arguments = [sys.executable, "-c", _CHILD, str(source), str(out)]
    finished = subprocess.run(arguments, check=True, capture_output=True, text=True, env=os.environ)
    result: dict[str, Any] = json.loads(finished.stdout)
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--posts", type=int, default=5_000, help="Markdown files (default 5000)")
    arguments.add_argument("--megabytes", type=int, default=100, help="size of the export (default 100)")
    arguments.add_argument("--rounds", type=int, default=3, help="runs over the Markdown files (default 3)")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        size = write_markdown(folder / "markdown", options.posts)
        runs = [run(folder / "markdown", folder / f"out-{number}") for number in range(options.rounds)]
        write_wxr(folder / "export.xml", options.megabytes)
        wordpress = run(folder / "export.xml", folder / "out")
        print_result(
            "ingest",
            markdown={
                "posts": options.posts,
                "kb_per_post": size,
                "posts_per_cpu_second": median([found["posts"] / found["cpu_seconds"] for found in runs]),
                "peak_mb": max(found["peak_mb"] for found in runs),
            },
            wordpress={"megabytes": options.megabytes} | wordpress,
        )


if __name__ == "__main__":
    main()
