from __future__ import annotations

from pathlib import Path

from semsearch.posts import Post
from semsearch.rebuilding.spool import PostSpool

POSTS = [
    Post("a", "Titel", teaser="Ä\n🫖", url="https://example.org", date="2024-05-01", tags=("x",), authors=("y",)),
    Post("b", "Title", language="de", body="x" * 100_000, extra={"series": ["s", None, 1.5, {"k": True}]}),
]


def test_posts_are_read_as_they_were_added_as_often_as_needed(tmp_path: Path) -> None:
    with PostSpool(tmp_path) as spool:
        for post in POSTS:
            spool.add(post)
        assert (list(spool), list(spool), len(spool)) == (POSTS, POSTS, 2)


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    with PostSpool(tmp_path) as spool:
        spool.add(POSTS[0])
        assert list(tmp_path.iterdir()) == []  # also if the process is killed now
