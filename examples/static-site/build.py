"""Which pages does a static site with search and related posts have? A corpus and its exported lists in, HTML out.

    python examples/static-site/build.py SITE [--corpus corpus/posts.jsonl] [--service http://127.0.0.1:8000]

`SITE/related` is what `semsearch export related` wrote. Nothing but Python is needed. A site of yours has templates of
its own: what it takes from here is two scripts, two elements, and the policy, if it has one.
"""

from __future__ import annotations

import argparse
import json
import shutil
from html import escape
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
PAGE = Template((HERE / "page.html").read_text(encoding="utf-8"))


def main() -> None:
    """Reads the command line, and writes all pages."""
    parser = argparse.ArgumentParser(description="Builds a small static site with search and related posts.")
    parser.add_argument("site", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("corpus/posts.jsonl"))
    parser.add_argument("--service", default="http://127.0.0.1:8000")
    given = parser.parse_args()
    names = json.loads((given.site / "related/index.json").read_text(encoding="utf-8"))["posts"]
    lines = given.corpus.read_text(encoding="utf-8").split("\n")
    posts = [post for post in map(json.loads, filter(str.strip, lines)) if post["id"] in names]
    for post in posts:
        name = names[post["id"]]
        related = (given.site / f"related/{name}.html").read_text(encoding="utf-8")
        write(given.site / f"{name}.html", given.service, post["title"], article(post, related))
    write(given.site / "index.html", given.service, "Posts", contents(posts, names))
    shutil.copy(HERE / "style.css", given.site)


def article(post: dict[str, str], related: str) -> str:
    """A post, and after it what to read next: the exported list is HTML, and all else is text."""
    url, date = post.get("url") or "", day(post)
    link = f'<p><a href="{escape(url)}">Read the post</a></p>' if url.startswith(("https://", "http://")) else ""
    return (
        f'<article><h1>{escape(post["title"])}</h1><p class="date">{escape(date)}</p>'
        f"<p>{escape(post.get('teaser') or '')}</p>{link}</article>\n"
        f'<semsearch-related post="{escape(post["id"])}">\n{related}</semsearch-related>'
    )


def contents(posts: list[dict[str, str]], names: dict[str, str]) -> str:
    """Links to all posts, the newest first."""
    rows = (
        f'<li><a href="{names[post["id"]]}.html">{escape(post["title"])}</a> '
        f'<span class="date">{escape(day(post))}</span></li>'
        for post in sorted(posts, key=day, reverse=True)
    )
    return f'<h1>Posts</h1>\n<ul class="posts">\n{chr(10).join(rows)}\n</ul>'


def day(post: dict[str, str]) -> str:
    """When it was published, or nothing."""
    return (post.get("date") or "")[:10]


def write(file: Path, service: str, title: str, main: str) -> None:
    """One page, around what is particular to it."""
    origin = "/".join(service.split("/")[:3])  # a policy takes a path for that of one file
    text = PAGE.substitute(service=escape(service.rstrip("/")), origin=escape(origin), title=escape(title), main=main)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
