from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.errors import DamagedVersion
from semsearch.index import Filter, Snapshot, VersionWriter
from semsearch.index.lexical.query_model import Condition
from semsearch.index.lexical.terms import FILE as TERMS_FILE
from semsearch.index.lexical.terms import TermsWriter
from semsearch.index.related import CENTRES_FILE, new_rows
from semsearch.index.related import FILE as RELATED_FILE
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import FILE, Manifest
from semsearch.index.vectors import PASSAGES_FILE, WHOLE_FILE, write_vectors
from tests.index.builders import (
    ANALYZER,
    CARD,
    DIMENSION,
    describe,
    looked_for,
    made_up,
    post,
    unit_rows,
    write_version,
)

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
    assert snapshot.whole.vectors(np.arange(3)).tolist() == unit_rows(3).tolist()
    assert snapshot.passage_vectors.vectors(np.arange(2)).tolist() == unit_rows(2).tolist()
    assert [snapshot.passages.span(row) for row in range(2)] == [("teaser", 0, 9), ("teaser", 0, 4)]
    assert snapshot.lexical.search(looked_for("walrus"), 5)[0].tolist() == [0]
    assert snapshot.attributes.facet("tags", None) == {"sea": 1}
    assert [snapshot.terms.term(column) for column in range(snapshot.terms.width)] == [
        "b",
        "c",
        "ice",
        "titl",
        "walrus",
    ]
    assert snapshot.related is not None
    assert snapshot.related.centres.tolist() == unit_rows(3).astype(np.float16).tolist()
    assert [ordinals.tolist() for ordinals, _ in map(snapshot.related.candidates, range(3))] == [[]] * 3
    snapshot.close()


def test_opening_and_reading_changes_nothing(version: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in version.rglob("*")}
    snapshot = Snapshot.open(version)
    snapshot.lexical.complete("t", 5)
    snapshot.documents.get([0])
    snapshot.close()
    assert {path: path.stat().st_mtime_ns for path in version.rglob("*")} == before


@pytest.mark.parametrize("damage", ["missing", "cut short", "flipped", "empty", "longer"])
def test_damage_to_any_file_is_an_error_that_names_it(copy: Path, damage: str) -> None:
    files = [path for path in sorted(copy.rglob("*")) if path.is_file() and path.name != FILE]
    assert len(files) == len(Manifest.load(copy).files) >= 13
    assert {TERMS_FILE, RELATED_FILE, CENTRES_FILE} <= Manifest.load(copy).files.keys()
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


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="whoever is root may read every file")
def test_a_file_that_may_not_be_read_is_named(copy: Path) -> None:
    (copy / "passages.npy").chmod(0)
    with pytest.raises(DamagedVersion, match=r"passages\.npy: cannot be read \(Permission denied\)"):
        Snapshot.open(copy)


def test_what_is_known_to_be_whole_is_read_without_a_manifest_in_its_folder(copy: Path) -> None:
    manifest = Manifest.load(copy)
    (copy / FILE).unlink()
    snapshot = Snapshot.read(copy, manifest)
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.lexical.search(looked_for("walrus"), 5)[0].tolist() == [0]
    snapshot.check_counts()
    snapshot.close()


def test_words_are_corrected_to_those_of_the_version(version: Path) -> None:
    snapshot = Snapshot.open(version)
    assert snapshot.vocabulary.near("walruss") == (("walrus", 1),)
    assert snapshot.analyzer.terms("the titles") == ["titl"]
    snapshot.close()


def test_a_file_that_is_not_of_the_version_does_no_harm(copy: Path) -> None:
    for name in (".DS_Store", "posts.sqlite-journal", "lexical/extra.store", "lexical/.tantivy-meta.lock"):
        (copy / name).write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(2_000))
    snapshot = Snapshot.open(copy)
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.lexical.search(looked_for("walrus"), 5)[0].tolist() == [0]
    snapshot.close()


@pytest.mark.parametrize(
    ("whole", "passages", "what"), [(1, 1, "whole vectors"), (3, 1, "whole vectors"), (2, 0, "passage vectors")]
)
def test_vectors_that_do_not_match_the_posts_are_named(tmp_path: Path, whole: int, passages: int, what: str) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    writer = VersionWriter(folder, dimension=DIMENSION)
    for one in POSTS[:2]:
        writer.add_post(one, [("teaser", 0, len(one.teaser))] if one.teaser else [])
    write_vectors(folder / WHOLE_FILE, DIMENSION, whole, made_up)
    write_vectors(folder / PASSAGES_FILE, DIMENSION, passages, made_up)
    writer.finish()
    writer.describe(describe("v", writer))
    found, expected = (whole, 2) if what == "whole vectors" else (passages, 1)
    with pytest.raises(DamagedVersion, match=f"version v is damaged: {what}: {found}, not {expected}"):
        Snapshot.open(folder)


def described_again(folder: Path, **changes: Any) -> None:
    """Gives a version that was changed a manifest that fits."""
    manifest = Manifest.load(folder)
    (folder / FILE).unlink()
    replace(manifest, files=digest_folder(folder), **changes).save(folder)


@pytest.mark.parametrize("count", [2, 4])
def test_terms_and_related_posts_that_do_not_match_the_posts_are_named(copy: Path, count: int) -> None:
    new_rows(copy, count).flush()
    described_again(copy)
    with pytest.raises(DamagedVersion, match=f"related posts: {count}, not 3"):
        Snapshot.open(copy)
    terms = TermsWriter(ANALYZER)
    for number in range(count):
        terms.add(post(f"{number}"))
    terms.save(copy)
    described_again(copy)
    with pytest.raises(DamagedVersion, match=f"terms: {count}, not 3"):
        Snapshot.open(copy)


def test_a_version_from_before_there_were_terms_and_related_posts_opens_without(copy: Path) -> None:
    for name in (TERMS_FILE, RELATED_FILE, CENTRES_FILE):
        (copy / name).unlink()
    described_again(copy, format=2)
    snapshot = Snapshot.open(copy)
    assert snapshot.related is None
    assert (len(snapshot.terms), snapshot.terms.width) == (3, 0)
    assert snapshot.documents.get(range(3)) == POSTS
    snapshot.close()


@pytest.mark.parametrize(
    ("change", "what"),
    [({"posts": 2}, "whole vectors: 3, not 2"), ({"passages": 6}, "passage vectors: 2, not 3")],
)
def test_a_manifest_that_does_not_match_the_files_is_refused(copy: Path, change: dict[str, Any], what: str) -> None:
    replace(Manifest.load(copy), **change).save(copy)
    with pytest.raises(DamagedVersion, match=what):
        Snapshot.open(copy)


def test_vectors_of_another_dimension_than_the_model_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    writer = VersionWriter(folder, dimension=DIMENSION + 1)
    writer.write_whole_vectors(made_up)
    writer.write_passage_vectors(made_up)
    writer.finish()
    writer.describe(describe("v", writer))
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


def test_a_version_that_is_removed_while_it_is_open_still_answers(copy: Path) -> None:
    snapshot = Snapshot.open(copy)
    shutil.rmtree(copy)
    assert snapshot.documents.get(range(3)) == POSTS
    assert snapshot.lexical.search(looked_for("walrus"), 5)[0].tolist() == [0]
    assert snapshot.whole.search(unit_rows(1)[0], 1)[0].tolist() == [0]
    assert snapshot.related is not None
    assert snapshot.related.lists(5).tolist() == [[-1] * 5] * 3
    snapshot.close()


def test_many_threads_see_one_version(version: Path) -> None:
    snapshot = Snapshot.open(version)

    def answer(turn: int) -> tuple[str, list[int], list[int]]:
        ordinal = turn % 3
        condition = Filter(language="en")
        return (
            snapshot.documents.get([ordinal])[0].id,
            snapshot.lexical.search(looked_for("titl"), 5, Condition(condition))[0].tolist(),
            snapshot.whole.search(unit_rows(3)[ordinal], 1)[0].tolist(),
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, range(300)))
    assert answers == [("abc"[turn % 3], [2], [turn % 3]) for turn in range(300)]
    snapshot.close()
