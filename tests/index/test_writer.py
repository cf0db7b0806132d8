from __future__ import annotations

import hashlib
import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from semsearch.index import Manifest, Snapshot, VersionWriter
from semsearch.index.lexical.vocabulary import Vocabulary
from semsearch.index.lexical.writer import LexicalWriter
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import FILE
from semsearch.posts import Post
from tests.index.builders import (
    DIMENSION,
    describe,
    post,
    query_words_of,
    read_unit_rows,
    unit_rows,
    write_related,
    write_version,
)

POSTS = [post("a", teaser="A walrus."), post("b"), post("é", teaser="Ice.", body="Snow.", extra={"n": [1, None]})]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "v").mkdir()
    return tmp_path / "v"


def corpus_digest(folder: Path, posts: list[Post]) -> str:
    folder.mkdir()
    return write_version(folder, posts).corpus_sha256


def test_all_parts_of_a_version_are_in_the_order_of_its_posts(folder: Path) -> None:
    write_version(folder, POSTS)
    snapshot = Snapshot.open(folder)
    assert snapshot.documents.get(range(3)) == POSTS
    assert [list(snapshot.passages.rows_of(number)) for number in range(3)] == [[0], [], [1]]
    assert snapshot.post_vectors.vectors(snapshot.attributes.duplicate_group).tolist() == unit_rows(3).tolist()
    assert snapshot.passage_vectors.vectors(snapshot.passages.post[:0]).shape == (0, DIMENSION)
    assert snapshot.lexical.matching(query_words_of("snow")).tolist() == [2]
    snapshot.close()


def test_write_manifest_returns_the_manifest_on_disk_which_lists_every_other_file(folder: Path) -> None:
    manifest = write_version(folder, POSTS)
    assert Manifest.load(folder) == manifest
    files = digest_folder(folder)
    assert manifest.files == {name: digest for name, digest in files.items() if name != FILE}
    named = {"posts.sqlite", "attributes.npz", "passages.npy", "vocabulary.npz", "whole.faiss", "passages.faiss"}
    assert named <= files.keys()


def test_posts_and_vectors_are_counted_while_posts_are_added(folder: Path) -> None:
    writer = VersionWriter(folder, dimension=DIMENSION)
    assert (writer.posts, writer.passages) == (0, 0)
    writer.add_post(POSTS[0], [("teaser", 0, 1), ("teaser", 2, 8)])
    writer.add_post(POSTS[1], [])
    assert (writer.posts, writer.passages) == (2, 4)
    writer.abandon()


def test_the_corpus_digest_covers_every_post_as_stored(folder: Path) -> None:
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(post("a", title="A", body="B"), [])
    record = '{"title": "A", "teaser": "", "url": null, "date": null, "updated": null, "image": null, '
    record += '"tags": [], "authors": [], "language": null, "series": null, "translation_of": null, "sections": [], '
    expected = hashlib.sha256(f'a\x00{record}"extra": {{}}}}\x00B\x00'.encode()).hexdigest()
    assert writer.corpus_sha256 == expected
    writer.abandon()


def test_only_equal_corpora_have_equal_digests(tmp_path: Path) -> None:
    posts = [post("a", title="x", tags=("1", "2")), post("b", title="y", extra={"k": 1})]
    digest = corpus_digest(tmp_path / "same", posts)
    assert corpus_digest(tmp_path / "again", list(posts)) == digest
    others = [
        posts[::-1],
        posts[:1],
        [post("a", title="x", tags=("2", "1")), posts[1]],
        [post("a", title="x", tags=("1, 2",)), posts[1]],
        [post("ax", title="", tags=("1", "2")), posts[1]],
        [posts[0], post("b", title="y", extra={"k": 1.5})],
        [posts[0], post("b", title="y", body="y", extra={"k": 1})],
        [posts[0], post("b", title="y", image="/y", extra={"k": 1})],
    ]
    digests = {corpus_digest(tmp_path / f"other{number}", other) for number, other in enumerate(others)}
    assert len(digests | {digest}) == len(others) + 1


def test_languages_are_counted_the_most_frequent_first(folder: Path) -> None:
    writer = VersionWriter(folder, dimension=DIMENSION)
    assert writer.languages == {}
    for number, language in enumerate(["fr", "pt", "pt-BR", None, "EN-gb", "ar"]):
        writer.add_post(post(f"{number}", language=language), [])
    assert list(writer.languages.items()) == [("en", 2), ("pt", 2), ("ar", 1), ("fr", 1)]
    writer.abandon()


def test_the_vocabulary_has_the_words_of_all_posts_in_all_fields(folder: Path) -> None:
    german = post("b", title="Häuser", tags=("gpt-3",), authors=("Augusta",), body="Schneeflocken", language="de")
    write_version(folder, [post("a", title="Walruses"), german])
    vocabulary = Vocabulary.open(folder)
    for typed, meant in [
        ("walruzes", "walruses"),
        ("hausser", "hauser"),
        ("augustas", "augusta"),
        ("schneflocken", "schneeflocken"),
    ]:
        assert [word for word, _ in vocabulary.similar_words(typed)] == [meant]
    assert len(vocabulary) == 4


def test_a_finished_version_lacks_only_related_posts_and_the_manifest(folder: Path) -> None:
    """The rebuild opens it in this state, to calibrate it and to compute related posts."""
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(POSTS[0], [("teaser", 0, 9)])
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    writer.finish()
    assert not (folder / FILE).exists()
    manifest = describe(folder.name, writer)
    with closing(Snapshot.read_unfinished(folder, manifest)) as snapshot:
        snapshot.check_counts()
        assert snapshot.documents.get([0]) == POSTS[:1]
    write_related(folder, 1)
    assert writer.write_manifest(manifest) == Manifest.load(folder)
    Snapshot.open(folder).close()


def test_an_abandoned_version_has_no_manifest(folder: Path) -> None:
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(POSTS[0], [])
    writer.abandon()
    assert not (folder / FILE).exists()


def test_a_finished_version_survives_being_abandoned(folder: Path) -> None:
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(POSTS[1], [])
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    writer.finish()
    write_related(folder, 1)
    writer.write_manifest(describe("v", writer))
    writer.abandon()
    Snapshot.open(folder).close()


# --- ending -----------------------------------------------------------------------------------------------------------


def test_posts_may_be_finished_before_their_vectors_are_written(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "at once").mkdir()
    write_version(tmp_path / "at once", POSTS)
    writer = VersionWriter(folder, dimension=DIMENSION)
    for one in POSTS:
        writer.add_post(one, [("teaser", 0, len(one.teaser))] if one.teaser else [])
    writer.finish_posts()
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    writer.finish()
    write_related(folder, len(POSTS))
    assert writer.write_manifest(describe(folder.name, writer)).files.keys() == digest_folder(folder).keys() - {FILE}
    with closing(Snapshot.open(folder)) as ended, closing(Snapshot.open(tmp_path / "at once")) as other:
        assert ended.documents.get(range(3)) == other.documents.get(range(3)) == POSTS
        for words in (query_words_of("snow"), query_words_of("walrus")):
            assert ended.lexical.matching(words).tolist() == other.lexical.matching(words).tolist() != []


def test_vectors_are_written_while_the_lexical_index_is_closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close, vectors_written = LexicalWriter.close, threading.Event()

    def close_after_the_vectors(writer: LexicalWriter) -> None:
        assert vectors_written.wait(30)
        close(writer)

    monkeypatch.setattr(LexicalWriter, "close", close_after_the_vectors)
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(POSTS[1], [])
    writer.finish_posts()
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    vectors_written.set()
    writer.finish()
    write_related(folder, 1)
    writer.write_manifest(describe(folder.name, writer))
    Snapshot.open(folder).close()


def test_finish_waits_for_the_lexical_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close = LexicalWriter.close

    def close_late(writer: LexicalWriter) -> None:
        time.sleep(0.2)
        close(writer)

    monkeypatch.setattr(LexicalWriter, "close", close_late)
    write_version(folder, POSTS)
    Snapshot.open(folder).close()


def test_abandon_waits_until_nothing_is_written_any_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close, closed = LexicalWriter.close, threading.Event()

    def close_late(writer: LexicalWriter) -> None:
        time.sleep(0.2)
        close(writer)
        closed.set()

    monkeypatch.setattr(LexicalWriter, "close", close_late)
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(POSTS[0], [])
    writer.finish_posts()
    writer.abandon()
    assert closed.is_set()  # nothing writes into the folder any more
    assert not (folder / FILE).exists()
    shutil.rmtree(folder)
    writer.abandon()  # a second call does nothing


class _FullDisk:
    """A tantivy writer on a full disk."""

    def commit(self) -> None:
        raise ValueError("No space left on device")


def test_a_disk_error_on_the_lexical_thread_is_raised_by_finish(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = VersionWriter(folder, dimension=DIMENSION)
    writer.add_post(POSTS[0], [])
    monkeypatch.setattr(writer._lexical, "_writer", _FullDisk())
    writer.finish_posts()
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    with pytest.raises(OSError, match="lexical: No space left on device"):
        writer.finish()
    assert not (folder / FILE).exists()
    writer.abandon()
