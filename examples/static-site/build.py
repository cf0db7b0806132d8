"""Builds a small static site with a search box and related posts.

    python examples/static-site/build.py SITE [--corpus corpus/posts.jsonl] [--service http://127.0.0.1:8000]

`SITE/related` must contain the output of `semsearch export related SITE/related`. The script needs only Python. For a
site with its own templates, copy the two scripts, the two elements, and the Content-Security-Policy if it has one.
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
    """Read the command line and write all pages."""
    parser = argparse.ArgumentParser(description="Builds a small static site with search and related posts.")
    parser.add_argument("site", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("corpus/posts.jsonl"))
    parser.add_argument("--service", default="http://127.0.0.1:8000")
    arguments = parser.parse_args()
    names = json.loads((arguments.site / "related/index.json").read_text(encoding="utf-8"))["posts"]
    lines = arguments.corpus.read_text(encoding="utf-8").split("\n")
    posts = [post for post in map(json.loads, filter(str.strip, lines)) if post["id"] in names]
    for post in posts:
        name = names[post["id"]]
        related = (arguments.site / f"related/{name}.html").read_text(encoding="utf-8")
        write(arguments.site / f"{name}.html", arguments.service, post["title"], article(post, related))
    write(arguments.site / "index.html", arguments.service, "Posts", contents(posts, names))
    shutil.copy(HERE / "style.css", arguments.site)


def article(post: dict[str, str], related: str) -> str:
    """Return the HTML of a post and its related list. The exported list is HTML; all else is escaped text."""
    url, date = post.get("url") or "", day(post)
    link = f'<p><a href="{escape(url)}">Read the post</a></p>' if url.startswith(("https://", "http://")) else ""
    return (
        f'<article><h1>{escape(post["title"])}</h1><p class="date">{escape(date)}</p>'
        f"<p>{escape(post.get('teaser') or '')}</p>{link}</article>\n"
        f'<semsearch-related post="{escape(post["id"])}">\n{related}</semsearch-related>'
    )


def contents(posts: list[dict[str, str]], names: dict[str, str]) -> str:
    """Return the HTML of the list of all posts, newest first."""
    rows = (
        f'<li><a href="{names[post["id"]]}.html">{escape(post["title"])}</a> '
        f'<span class="date">{escape(day(post))}</span></li>'
        for post in sorted(posts, key=day, reverse=True)
    )
    return f'<h1>Posts</h1>\n<ul class="posts">\n{chr(10).join(rows)}\n</ul>'


def day(post: dict[str, str]) -> str:
    """Return the day of publication; empty if unknown."""
    return (post.get("date") or "")[:10]


def write(file: Path, service: str, title: str, main: str) -> None:
    """Write a page around its main content."""
    origin = "/".join(service.split("/")[:3])  # a policy would match a path against single files
    text = PAGE.substitute(service=escape(service.rstrip("/")), origin=escape(origin), title=escape(title), main=main)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
