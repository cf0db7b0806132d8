"""An unchanged corpus is not read again: the next version is a copy of the current one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import logging
import os
import re
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

import semsearch
from semsearch.corpus import load
from semsearch.encoding import Encoder
from semsearch.errors import CorpusNotFound, DamagedVersion
from semsearch.index import IndexFolder, Manifest
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import FILE
from semsearch.rebuilding import Progress, Report, Stage, rebuild_from, version_build
from semsearch.rebuilding import unchanged as unchanged_module
from semsearch.rebuilding.texts import TEMPLATE
from semsearch.rebuilding.unchanged import library_releases
from semsearch.search.results import to_json
from tests.builders import ROOT, raw_post, write_corpus
from tests.conftest import link_encoder
from tests.forked import ForkedProcess
from tests.index.test_golden import GOLDEN
from tests.rebuilding import logged_rebuild
from tests.rebuilding.fakes import FakeEncoder

POSTS = [
    raw_post(f"p{number}", teaser=f"The walrus came in from the ice. It ordered {number} cups of tea.")
    for number in range(12)
]
module = importlib.import_module("semsearch.rebuilding.rebuild")  # the attribute "rebuild" is the function


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Replaces the model, and records the texts that are encoded."""
    encoder = FakeEncoder()
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", POSTS)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index without versions and without an exported model."""
    return tmp_path / "index"


@pytest.fixture
def first(fake: FakeEncoder, corpus: Path, index: Path) -> Report:
    """The rebuild that made the current version; the texts it encoded are not recorded."""
    report = semsearch.rebuild(corpus, index)
    fake.documents.clear()
    return report


def manifest_of(index: Path, version: str) -> Manifest:
    return Manifest.load(index / "versions" / version)


def files_of(index: Path, version: str) -> dict[str, bytes]:
    folder = index / "versions" / version
    return {name: (folder / name).read_bytes() for name in digest_folder(folder) if name != FILE}


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


# --- a copy -----------------------------------------------------------------------------------------------------------


def test_an_unchanged_corpus_gives_a_new_version_with_equal_files(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = SimpleNamespace(
        UTC=dt.UTC, datetime=SimpleNamespace(now=lambda zone: dt.datetime(2099, 1, 31, tzinfo=zone))
    )
    monkeypatch.setattr(unchanged_module, "dt", later)
    again = semsearch.rebuild(corpus, index)
    folder = IndexFolder(index)
    assert (first.unchanged, again.unchanged) == (False, True)
    assert again.version == folder.current() != first.version
    assert folder.names() == [first.version, again.version]
    assert files_of(index, again.version) == files_of(index, first.version)
    folder.open(again.version).close()
    copy, original = manifest_of(index, again.version), manifest_of(index, first.version)
    assert copy.created_at == "2099-01-31T00:00:00+00:00"
    assert dataclasses.replace(copy, version=original.version, created_at=original.created_at) == original
    assert not (index / "building").exists()


def test_an_unchanged_corpus_is_not_embedded(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the calibration queries."""

    def refuse(*_: object) -> None:
        raise AssertionError("the model was run")

    monkeypatch.setattr(FakeEncoder, "encode_queries", refuse)
    monkeypatch.setattr(FakeEncoder, "encode_documents", refuse)
    again = semsearch.rebuild(corpus, index)
    assert (again.posts, again.passages) == (first.posts, first.passages) == (12, 36)
    assert (again.embedded, again.reused, again.rejected, again.rejections) == (0, 36, 0, ())
    assert (again.model, again.encoder) == (first.model, first.encoder)
    assert again.to_json()["unchanged"] is True
    assert fake.documents == []


def test_a_copied_version_can_be_copied_again(fake: FakeEncoder, first: Report, corpus: Path, index: Path) -> None:
    versions = [first.version, *(semsearch.rebuild(corpus, index).version for _ in range(4))]
    assert IndexFolder(index).names() == versions[-3:]
    assert files_of(index, versions[-1]) == files_of(index, versions[-2])


def test_the_stages_of_a_copy_are_reported_and_add_up(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path
) -> None:
    reported: list[Progress] = []
    report = semsearch.rebuild(corpus, index, on_progress=reported.append)
    assert [(progress.stage, progress.posts, progress.embedded, progress.reused) for progress in reported] == [
        (Stage.MODEL, 0, 0, 0),
        (Stage.PUBLISH, 12, 0, 36),
    ]
    assert set(report.stages) == {Stage.MODEL, Stage.PUBLISH}
    assert sum(report.stages.values()) == pytest.approx(report.seconds, abs=1e-3)


def test_path_and_time_of_files_do_not_matter(fake: FakeEncoder, first: Report, corpus: Path, index: Path) -> None:
    moved = corpus.rename(corpus.with_name("moved"))
    os.utime(moved / "posts.jsonl", (0, 0))
    assert semsearch.rebuild(moved, index).unchanged
    assert semsearch.rebuild(moved / "posts.jsonl", index).unchanged  # the file itself


def test_the_demo_answers_the_same_from_a_copy(demo_index: Path, cache: Path, tmp_path: Path) -> None:
    index = tmp_path / "copy"
    shutil.copytree(demo_index, index, ignore=shutil.ignore_patterns("cache"))
    link_encoder(cache, index)
    report = semsearch.rebuild(ROOT / "corpus", index)
    assert report.unchanged
    changing = ("request_id", "processing_time_ms", "index_version")
    answers = []
    for folder in (demo_index, index):
        searcher = semsearch.open(folder)
        with closing(searcher.snapshot):
            results = [
                searcher.search("grade school maths", explain=True),
                searcher.search("robot hand", mode="lexical", tags=["robotics"]),
                searcher.related("vpt", explain=True),
            ]
        answers.append([{key: value for key, value in to_json(one).items() if key not in changing} for one in results])
    assert answers[0] == answers[1]
    assert any(answer["hits"] for answer in answers[0])


# --- what prevents a copy ---------------------------------------------------------------------------------------------


def add_a_blank_line(corpus: Path) -> None:
    file = corpus / "posts.jsonl"
    file.write_bytes(file.read_bytes() + b"\n")  # which changes no post


def rename_a_file(corpus: Path) -> None:
    (corpus / "posts.jsonl").rename(corpus / "articles.jsonl")


def add_an_empty_file(corpus: Path) -> None:
    write_corpus(corpus, [], "none.jsonl")


@pytest.mark.parametrize("change", [add_a_blank_line, rename_a_file, add_an_empty_file])
def test_a_changed_corpus_is_rebuilt(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, change: Callable[[Path], None]
) -> None:
    change(corpus)
    changed = semsearch.rebuild(corpus, index)
    assert (changed.unchanged, changed.embedded, changed.reused) == (False, 0, 36)
    assert semsearch.rebuild(corpus, index).unchanged  # the changed corpus is the current one now


def test_a_full_rebuild_is_not_a_copy(fake: FakeEncoder, first: Report, corpus: Path, index: Path) -> None:
    full = semsearch.rebuild(corpus, index, full=True)
    assert (full.unchanged, full.embedded) == (False, len(set(fake.documents)))
    assert semsearch.rebuild(corpus, index).unchanged


@pytest.mark.parametrize("changes", [{"name": "other"}, {"fingerprint": "d" * 64}, {"max_tokens": 9}])
def test_another_model_prevents_a_copy(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, changes: dict[str, object]
) -> None:
    card = dataclasses.replace(fake.card, **changes)  # type: ignore[arg-type]
    setattr(fake, "card", card)  # noqa: B010  (a type checker refuses the plain assignment)
    other = semsearch.rebuild(corpus, index)
    assert not other.unchanged
    assert manifest_of(index, other.version).model == card


@pytest.mark.parametrize("name", library_releases())
def test_another_release_of_a_library_prevents_a_copy(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = library_releases() | {name: "99.0"}
    for owner in (unchanged_module, version_build):
        monkeypatch.setattr(owner, "library_releases", lambda: releases)
    other = semsearch.rebuild(corpus, index)
    assert not other.unchanged
    assert manifest_of(index, other.version).libraries[name] == "99.0"


def test_another_template_prevents_a_copy(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unchanged_module, "TEMPLATE", "another")
    assert not semsearch.rebuild(corpus, index).unchanged


def test_a_library_that_is_not_installed_has_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged_module, "_LIBRARIES", ("numpy", "no-such-library"))
    found = library_releases()
    assert re.fullmatch(r"\d+\.\d+\.\d+ [0-9a-f]{12}", found.pop("semsearch"))
    assert found == {"numpy": importlib.import_module("numpy").__version__, "no-such-library": "none"}


def test_rejected_lines_are_reported_each_time(fake: FakeEncoder, corpus: Path, index: Path) -> None:
    write_corpus(corpus, [*POSTS, "{"])
    reports = [semsearch.rebuild(corpus, index) for _ in range(3)]
    assert [(report.unchanged, report.rejected) for report in reports] == [(False, 1)] * 3
    assert [report.rejections[0].line for report in reports] == [13] * 3
    write_corpus(corpus, POSTS)
    assert not semsearch.rebuild(corpus, index).unchanged
    assert semsearch.rebuild(corpus, index).unchanged


def test_a_version_of_loaded_posts_is_never_copied(fake: FakeEncoder, corpus: Path, index: Path) -> None:
    elsewhere = rebuild_from(list(load(corpus)), index, source=corpus)
    assert manifest_of(index, elsewhere.version).corpus_files_sha256 is None
    assert not semsearch.rebuild(corpus, index).unchanged
    assert semsearch.rebuild(corpus, index).unchanged
    assert not rebuild_from(list(load(corpus)), index, source=corpus).unchanged


def test_the_corpus_is_compared_with_the_current_version(fake: FakeEncoder, corpus: Path, index: Path) -> None:
    first = semsearch.rebuild(corpus, index)
    write_corpus(corpus, POSTS[:6])
    second = semsearch.rebuild(corpus, index)
    IndexFolder(index).rollback()
    third = semsearch.rebuild(corpus, index)  # equal to the second, which is no longer current
    assert (third.unchanged, third.posts) == (False, 6)
    IndexFolder(index).rollback(first.version)
    write_corpus(corpus, POSTS)
    fourth = semsearch.rebuild(corpus, index)
    assert (fourth.unchanged, fourth.posts) == (True, 12)
    assert files_of(index, fourth.version) == files_of(index, first.version)
    assert second.version not in IndexFolder(index).names()


def test_a_damaged_current_version_is_built_again(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (0, 6, -1):  # the names of some files differ between versions
        damaged = IndexFolder(index).current()
        name = sorted(manifest_of(index, damaged).files)[number]
        flip_a_bit(index / "versions" / damaged / name)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            report = semsearch.rebuild(corpus, index)
        assert (report.unchanged, report.embedded, report.posts) == (False, 0, 12)
        assert [record.message for record in caplog.records if record.name == unchanged_module.__name__] == [
            f"{DamagedVersion(damaged, name, 'changed since it was written')}; it is built again"
        ]
        IndexFolder(index).open().close()


@pytest.mark.parametrize("damage", [Path.unlink, flip_a_bit])
def test_a_damaged_manifest_or_pointer_causes_a_rebuild(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, damage: Callable[[Path], None]
) -> None:
    damage(index / "versions" / first.version / FILE)
    second = semsearch.rebuild(corpus, index)
    assert not second.unchanged
    damage(index / "CURRENT")
    assert not semsearch.rebuild(corpus, index).unchanged
    IndexFolder(index).open().close()


def test_a_missing_corpus_is_an_error(fake: FakeEncoder, first: Report, corpus: Path, index: Path) -> None:
    shutil.rmtree(corpus)
    with pytest.raises(CorpusNotFound):
        semsearch.rebuild(corpus, index)
    assert IndexFolder(index).names() == [first.version]


def test_a_version_without_a_digest_of_its_files_is_not_copied(
    encoder: Encoder, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions that were not built from files have none."""
    index = Path(shutil.copytree(GOLDEN, tmp_path / "index"))
    link_encoder(cache, index)
    golden = dataclasses.replace(IndexFolder(index).manifest(), corpus_files_sha256=None)
    golden.save(index / "versions" / golden.version)
    for owner in (unchanged_module, version_build):
        monkeypatch.setattr(owner, "library_releases", lambda: dict(golden.libraries))
    assert (golden.model.fingerprint, golden.template) == (encoder.card.fingerprint, TEMPLATE)
    assert not semsearch.rebuild(GOLDEN / "posts.jsonl", index).unchanged
    assert semsearch.rebuild(GOLDEN / "posts.jsonl", index).unchanged


# --- interrupted copies -----------------------------------------------------------------------------------------------


def test_an_interrupted_copy_leaves_the_current_version(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(IndexFolder, "publish", interrupt)
        with pytest.raises(KeyboardInterrupt):
            semsearch.rebuild(corpus, index)
    assert IndexFolder(index).names() == [first.version]
    assert not (index / "building").exists()
    assert semsearch.rebuild(corpus, index).unchanged


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL, which only POSIX systems have")
@pytest.mark.parametrize("step", ["half copied", "written", "renamed", "pointer moved"])
def test_a_kill_during_a_copy_leaves_the_old_or_the_new_version(
    fake: FakeEncoder, first: Report, corpus: Path, index: Path, step: str
) -> None:
    assert ForkedProcess(logged_rebuild.main, corpus, index, step).end() == ("", -signal.SIGKILL)  # nothing was encoded
    folder = IndexFolder(index)
    with closing(folder.open()) as snapshot:
        assert snapshot.documents.ids() == [post["id"] for post in POSTS]
    assert (folder.current() != first.version) == (step == "pointer moved")
    report = semsearch.rebuild(corpus, index)
    assert (report.unchanged, report.version) == (True, folder.current())
    assert not (index / "building").exists()
    for name in folder.names():
        folder.open(name).close()
