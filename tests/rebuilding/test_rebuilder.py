"""A process that rebuilds again and again makes the same versions as the command, with less work."""

from __future__ import annotations

import importlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.errors import CorpusError, IndexBusy
from semsearch.index import IndexFolder, prepared_post
from semsearch.index.lexical.compounds import OwnCompounds
from semsearch.posts import Post
from semsearch.rebuilding import Rebuilder, version_build
from tests.builders import raw_post, write_corpus
from tests.rebuilding.fakes import FakeEncoder

module = importlib.import_module("semsearch.rebuilding.rebuild")  # the attribute "rebuild" is the function
DONATE = "Please donate to our harbour."
WORDS = [
    "anchor",
    "bread",
    "cloud",
    "drum",
    "engine",
    "forest",
    "glacier",
    "harbour",
    "island",
    "jewel",
    "kettle",
    "lantern",
]


def post_of(number: int, said: str = "") -> dict[str, Any]:
    """A post of several sentences, one of which is in all posts."""
    words = [WORDS[(number * step + step) % len(WORDS)] for step in range(1, 9)]
    body = f"The {words[0]} saw a {words[1]} number {number}. {DONATE} No {words[2]} has so many Äpfel{number}. {said}"
    return raw_post(f"p{number:02}", title=f"{words[3]} {words[4]}{number}", teaser="", body=body, tags=[words[5]])


POSTS = [post_of(number) for number in range(30)]
HISTORY = [
    POSTS,
    [*POSTS[:4], post_of(4, "It says more."), *POSTS[5:]],
    [post_of(99), *POSTS],
    POSTS,
    POSTS[1:],
    [*POSTS, *(post_of(number) for number in range(40, 50))],
    [{**post, "body": post["body"].replace(DONATE, "")} for post in POSTS],  # no boilerplate any more
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[FakeEncoder]:
    """The models that were opened."""
    encoders: list[FakeEncoder] = []

    def open_encoder(*_: object, **__: object) -> FakeEncoder:
        encoders.append(FakeEncoder(batch=100))
        return encoders[-1]

    monkeypatch.setattr(module, "open_encoder", open_encoder)
    return encoders


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the posts that were prepared by themselves."""
    ids: list[str] = []

    def prepare(post: Post, compounds: OwnCompounds = ()) -> prepared_post.PreparedPost:
        ids.append(post.id)
        return prepared_post.prepare(post, compounds)

    monkeypatch.setattr(version_build, "prepare", prepare)
    return ids


@pytest.mark.usefixtures("opened")
def test_its_versions_are_those_of_the_command(tmp_path: Path) -> None:
    corpus, again, once = tmp_path / "corpus", tmp_path / "again", tmp_path / "once"
    rebuilder = Rebuilder(corpus, again)
    for posts in HISTORY:
        write_corpus(corpus, posts)
        rebuilder.rebuild()
        semsearch.rebuild(corpus, once)
        found, expected = IndexFolder(again).manifest(), IndexFolder(once).manifest()
        names = [name for name in expected.files if "/" not in name]
        assert {name: found.files[name] for name in names} == {name: expected.files[name] for name in names}
        assert (found.calibration, found.scales) == (expected.calibration, expected.scales)
        assert found.changed_since_measured == expected.changed_since_measured
        with (
            closing(IndexFolder(again).open()) as new,
            closing(IndexFolder(once).open()) as old,
        ):
            every = range(len(posts))
            assert list(new.documents.get(every)) == list(old.documents.get(every))


def test_only_changed_posts_are_prepared_and_the_model_is_opened_once(
    tmp_path: Path, opened: list[FakeEncoder], prepared: list[str]
) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    rebuilder = Rebuilder(corpus, tmp_path / "index")
    rebuilder.rebuild()
    assert len(prepared) == 30
    prepared.clear()
    write_corpus(corpus, [post_of(99), *POSTS[:4], post_of(4, "It says more."), *POSTS[5:]])
    report = rebuilder.rebuild()
    assert prepared == ["p99", "p04"]
    assert (report.posts, len(opened)) == (31, 1)


def test_an_index_that_is_up_to_date_is_read_once(
    tmp_path: Path, opened: list[FakeEncoder], prepared: list[str]
) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(corpus, tmp_path / "index")
    rebuilder = Rebuilder(corpus, tmp_path / "index")
    assert rebuilder.rebuild().unchanged
    assert len(prepared) == 30
    assert opened[-1].documents == []
    assert rebuilder.rebuild().unchanged
    prepared.clear()
    write_corpus(corpus, [*POSTS, post_of(99)])
    assert not rebuilder.rebuild().unchanged
    assert prepared == ["p99"]
    assert not (tmp_path / "index" / "building").exists()


@pytest.mark.usefixtures("opened")
def test_it_goes_on_after_an_error(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    rebuilder = Rebuilder(corpus, tmp_path / "index")
    rebuilder.rebuild()
    write_corpus(corpus, [*POSTS, POSTS[0]])
    with pytest.raises(CorpusError, match="duplicate id"):
        rebuilder.rebuild()
    with IndexFolder(tmp_path / "index").lock(), pytest.raises(IndexBusy):
        rebuilder.rebuild()
    write_corpus(corpus, [*POSTS, post_of(99)])
    assert rebuilder.rebuild().posts == 31
