from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.errors import DamagedVersion, IndexNotReadable
from semsearch.index import Filter, Snapshot, VersionWriter
from semsearch.index.faiss_vectors import PASSAGES_FILE, WHOLE_FILE, write_vectors
from semsearch.index.hubness import FILE as HUBNESS_FILE
from semsearch.index.lexical.query_model import Condition
from semsearch.index.lexical.terms import FILE as TERMS_FILE
from semsearch.index.lexical.terms import TermsWriter
from semsearch.index.related import CENTRES_FILE, create_rows
from semsearch.index.related import FILE as RELATED_FILE
from semsearch.index.storage.documents import Documents
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import FILE, Manifest
from tests.index.builders import (
    ANALYZER,
    CARD,
    DIMENSION,
    describe,
    post,
    query_words_of,
    read_unit_rows,
    unit_rows,
    write_related,
    write_version,
)
from tests.unreadable import refuse_to_open

POSTS = [post("a", teaser="A walrus.", tags=("sea",)), post("b"), post("c", teaser="Ice.", language="en")]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("version") / "v"
    folder.mkdir()
    write_version(folder, POSTS)
    return folder


@pytest.fixture
def copy(version: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(version, tmp_path / "v"))


def test_an_opened_version_has_all_that_was_written(version: Path) -> None:
    snapshot = Snapshot.open(version)
    assert (snapshot.version, len(snapshot), snapshot.manifest.passages) == ("v", 3, 5)
    assert snapshot.documents.ids() == ["a", "b", "c"]
    assert snapshot.post_vectors.vectors(np.arange(3)).tolist() == unit_rows(3).tolist()
    assert snapshot.passage_vectors.vectors(np.arange(2)).tolist() == unit_rows(2).tolist()
    assert [snapshot.passages.span(row) for row in range(2)] == [("teaser", 0, 9), ("teaser", 0, 4)]
    assert snapshot.lexical.search(query_words_of("walrus"), 5)[0].tolist() == [0]
    assert snapshot.attributes.facet("tags", None) == {"sea": 1}
    assert [snapshot.terms.term(column) for column in range(snapshot.terms.width)] == [
        "b",
        "c",
        "ice",
        "titl",
        "walrus",
    ]
    assert snapshot.related.centres.tolist() == unit_rows(3).astype(np.float16).tolist()
    assert [ordinals.tolist() for ordinals, _ in map(snapshot.related.candidates, range(3))] == [[]] * 3
    assert snapshot.hubness.nearness.tolist() == [0.0, 1.0, 2.0]
    assert snapshot.hubness.excess.tolist() == [-1.0, 0.0, 1.0]
    snapshot.close()


def test_opening_and_reading_changes_nothing(version: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in version.rglob("*")}
    snapshot = Snapshot.open(version)
    snapshot.lexical.complete(["t"], 5)
    snapshot.documents.get([0])
    snapshot.close()
    assert {path: path.stat().st_mtime_ns for path in version.rglob("*")} == before


@pytest.mark.parametrize("damage", ["missing", "cut short", "flipped", "empty", "longer"])
def test_damage_to_any_file_is_an_error_that_names_the_file(copy: Path, damage: str) -> None:
    files = [path for path in sorted(copy.rglob("*")) if path.is_file() and path.name != FILE]
    assert len(files) == len(Manifest.load(copy).files) >= 14
    assert {TERMS_FILE, RELATED_FILE, CENTRES_FILE, HUBNESS_FILE} <= Manifest.load(copy).files.keys()
    for file in files:
        whole = file.read_bytes()
        file.unlink()
        if damage != "missing":
            middle = len(whole) // 2
            flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
            changed = {"cut short": whole[:-1], "flipped": flipped, "empty": b"", "longer": whole + b"\n"}
            file.write_bytes(changed[damage])
        with pytest.raises(DamagedVersion) as raised:
            Snapshot.open(copy)
        assert raised.value.file == file.relative_to(copy).as_posix()
        file.write_bytes(whole)
    Snapshot.open(copy).close()


@pytest.mark.parametrize("name", ["passages.npy", FILE])
@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (errno.EACCES, "give this user permission"),
        (errno.EPERM, "give this user permission"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOMEM, "ulimit -v"),
    ],
)
def test_a_file_that_cannot_be_read_for_lack_of_permission_or_resources_is_not_called_damaged(
    copy: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int, mend: str
) -> None:
    refuse_to_open(monkeypatch, copy / name, code)
    with pytest.raises(IndexNotReadable) as raised:
        Snapshot.open(copy)
    message = str(raised.value)
    assert str(copy / name) in message
    assert os.strerror(code) in message
    assert mend in message
    assert "damaged" not in message
    assert "rebuild" not in message


def test_a_file_on_a_broken_disk_is_called_damaged(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_open(monkeypatch, copy / "passages.npy", errno.EIO)
    with pytest.raises(DamagedVersion, match=r"passages\.npy: cannot be read \(Input/output error\)"):
        Snapshot.open(copy)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        sqlite3.OperationalError("unable to open database file"),
        OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
)
def test_a_version_that_lacks_memory_or_files_while_it_is_opened_says_so(
    copy: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> Documents:
        raise error

    monkeypatch.setattr(Documents, "open", fail)
    with pytest.raises(IndexNotReadable, match="ulimit -"):
        Snapshot.open(copy)


def test_read_needs_no_manifest_file(copy: Path) -> None:
    manifest = Manifest.load(copy)
    (copy / FILE).unlink()
    snapshot = Snapshot.read(copy, manifest)
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.lexical.search(query_words_of("walrus"), 5)[0].tolist() == [0]
    snapshot.check_counts()
    snapshot.close()


def test_a_version_has_its_own_vocabulary(version: Path) -> None:
    snapshot = Snapshot.open(version)
    assert snapshot.vocabulary.similar_words("walruss") == (("walrus", 1),)
    assert snapshot.analyzer.terms("the titles") == ["titl"]
    snapshot.close()


def test_additional_files_are_ignored(copy: Path) -> None:
    for name in (".DS_Store", "posts.sqlite-journal", "lexical/extra.store", "lexical/.tantivy-meta.lock"):
        (copy / name).write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(2_000))
    snapshot = Snapshot.open(copy)
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.lexical.search(query_words_of("walrus"), 5)[0].tolist() == [0]
    snapshot.close()


@pytest.mark.parametrize(
    ("whole", "passages", "what"), [(1, 1, "post vectors"), (3, 1, "post vectors"), (2, 0, "passage vectors")]
)
def test_a_wrong_number_of_vectors_is_named(tmp_path: Path, whole: int, passages: int, what: str) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    writer = VersionWriter(folder, dimension=DIMENSION)
    for one in POSTS[:2]:
        writer.add_post(one, [("teaser", 0, len(one.teaser))] if one.teaser else [])
    write_vectors(folder / WHOLE_FILE, DIMENSION, whole, read_unit_rows)
    write_vectors(folder / PASSAGES_FILE, DIMENSION, passages, read_unit_rows)
    writer.finish()
    write_related(folder, 2)
    writer.write_manifest(describe("v", writer))
    found, expected = (whole, 2) if what == "post vectors" else (passages, 1)
    with pytest.raises(DamagedVersion, match=f"version v is damaged: {what}: {found}, not {expected}"):
        Snapshot.open(folder)


def update_manifest(folder: Path, **changes: Any) -> None:
    """Write a manifest with the present digests of a changed version."""
    manifest = Manifest.load(folder)
    (folder / FILE).unlink()
    replace(manifest, files=digest_folder(folder), **changes).save(folder)


@pytest.mark.parametrize("count", [2, 4])
def test_a_wrong_number_of_terms_or_related_posts_is_named(copy: Path, count: int) -> None:
    create_rows(copy, count).flush()
    update_manifest(copy)
    with pytest.raises(DamagedVersion, match=f"related posts: {count}, not 3"):
        Snapshot.open(copy)
    terms = TermsWriter(ANALYZER)
    for number in range(count):
        terms.add(post(f"{number}"))
    terms.save(copy)
    update_manifest(copy)
    with pytest.raises(DamagedVersion, match=f"terms: {count}, not 3"):
        Snapshot.open(copy)


@pytest.mark.parametrize(
    "name",
    ["attributes.npz", "passages.npy", "posts.sqlite", "vocabulary.npz", TERMS_FILE, RELATED_FILE, CENTRES_FILE],
)
def test_a_manifest_that_does_not_list_a_file_of_every_version_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    update_manifest(copy)
    with pytest.raises(DamagedVersion, match=rf"manifest\.json: it does not list {re.escape(name)}"):
        Snapshot.open(copy)


def test_an_unfinished_version_opens_without_related_posts(copy: Path) -> None:
    manifest = Manifest.load(copy)
    for name in (RELATED_FILE, CENTRES_FILE, HUBNESS_FILE, FILE):
        (copy / name).unlink()
    snapshot = Snapshot.read_unfinished(copy, manifest)
    snapshot.check_counts()
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.related.lists(5).tolist() == [[-1] * 5] * 3
    assert snapshot.related.centres.shape == (3, DIMENSION)
    assert snapshot.hubness.excess.tolist() == [0.0] * 3
    snapshot.close()


@pytest.mark.parametrize(
    ("change", "what"),
    [({"posts": 2}, "post vectors: 3, not 2"), ({"passages": 6}, "passage vectors: 2, not 3")],
)
def test_a_manifest_that_does_not_match_the_files_is_refused(copy: Path, change: dict[str, Any], what: str) -> None:
    replace(Manifest.load(copy), **change).save(copy)
    with pytest.raises(DamagedVersion, match=what):
        Snapshot.open(copy)


def test_vectors_of_another_dimension_than_the_model_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    writer = VersionWriter(folder, dimension=DIMENSION + 1)
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    writer.finish()
    write_related(folder, 0)
    writer.write_manifest(describe("v", writer))
    assert CARD.dimension == DIMENSION
    with pytest.raises(DamagedVersion, match="vector dimensions: 4, not 3"):
        Snapshot.open(folder)


def test_a_version_of_no_posts_opens(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    write_version(folder, [])
    snapshot = Snapshot.open(folder)
    assert (len(snapshot), snapshot.documents.ids()) == (0, [])
    snapshot.close()


def test_an_open_version_still_answers_after_it_was_removed(copy: Path) -> None:
    snapshot = Snapshot.open(copy)
    shutil.rmtree(copy)
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.lexical.search(query_words_of("walrus"), 5)[0].tolist() == [0]
    assert snapshot.post_vectors.search(unit_rows(1)[0], 1)[0].tolist() == [0]
    assert snapshot.related.lists(5).tolist() == [[-1] * 5] * 3
    snapshot.close()


def test_many_threads_see_one_version(version: Path) -> None:
    snapshot = Snapshot.open(version)

    def answer(turn: int) -> tuple[str, list[int], list[int]]:
        ordinal = turn % 3
        condition = Filter(language="en")
        return (
            snapshot.documents.get([ordinal])[0].id,
            snapshot.lexical.search(query_words_of("titl"), 5, Condition(condition))[0].tolist(),
            snapshot.post_vectors.search(unit_rows(3)[ordinal], 1)[0].tolist(),
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, range(300)))
    assert answers == [("abc"[turn % 3], [2], [turn % 3]) for turn in range(300)]
    snapshot.close()
