"""Print reasons of related posts, for a person to judge whether an editor would sign them.

    python benchmarks/reasons.py COLLECTION … [--pairs 50] [--seed 0] [--cache DIR]

COLLECTION is a folder as `semsearch evaluate` takes it, or a corpus. For each, `--pairs` posts are drawn, one post from
the list of each, and one of its reasons. A line has the number of the pair, both titles, and the reason; `none` where
the post has none, `no list` where its list is empty. Reasons that are facts (the same author, the same series, a newer
post) are not drawn. The same seed draws the same posts from any version of this project.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from common import read_posts

from semsearch.evaluation.collection import CollectionError, read_collection
from semsearch.posts import Post
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, open_index
from semsearch.search.results import Reason

_JUDGED = ("words", "tags", "sentences")


def posts_of(folder: Path) -> list[Post]:
    """Return the posts of a collection or of a corpus."""
    try:
        return [post for post in read_collection(folder).posts() if isinstance(post, Post)]
    except CollectionError:
        return read_posts(folder)


def drawn_reasons(searcher: Searcher, pairs: int, seed: int) -> Iterator[str]:
    """Yield a line for each of some pairs of a post and a post of its list."""
    ids = searcher.snapshot.documents.ids()
    for number, post_id in enumerate(random.Random(seed).sample(ids, min(pairs, len(ids))), start=1):
        rng, title = random.Random(f"{seed} {post_id}"), searcher.post(post_id).title
        hits = searcher.related(post_id).hits
        if not hits:
            yield f"{number:3} | no list | {title}"
            continue
        hit = rng.choice(hits)
        judged = [reason for reason in hit.reasons if reason.kind in _JUDGED]
        shown = _written(rng.choice(judged)) if judged else "none"
        yield f"{number:3} | {title} → {hit.title} | {shown}"


def _written(reason: Reason) -> str:
    return f"{reason.kind}: {' | '.join(reason.values)}"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("collections", metavar="COLLECTION", type=Path, nargs="+")
    options.add_argument("--pairs", type=int, default=50)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--cache", type=Path)
    arguments = options.parse_args()
    for folder in arguments.collections:
        with tempfile.TemporaryDirectory() as index:
            cache = arguments.cache or Path(index) / "cache"
            rebuild_from(posts_of(folder), index, source=folder, user=folder, cache=cache)
            searcher = open_index(index, cache=cache)
            with closing(searcher.snapshot):
                print(folder.name)
                for line in drawn_reasons(searcher, arguments.pairs, arguments.seed):
                    print(line)


if __name__ == "__main__":
    main()
