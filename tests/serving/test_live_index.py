from __future__ import annotations

import asyncio
import errno
import gc
import logging
import shutil
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

import semsearch
from semsearch.encoding import Encoder, Vectors
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.errors import DamagedVersion, IndexNotFound, IndexNotReadable, ModelError
from semsearch.index import IndexFolder, Manifest, Snapshot
from semsearch.search.curation import CurationFile
from semsearch.search.related import RelatedFinder
from semsearch.search.second_stage import SecondStage
from semsearch.serving.live_index import LiveIndex, watch
from tests.builders import raw_post, service, write_corpus
from tests.serving.fakes import Panic
from tests.unreadable import refuse_to_open


class ConstantReranker:
    """A reranker that gives all texts the same relevance."""

    name = "any"

    def relevances(self, question: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        yield np.full(len(texts), 0.5)


def publish(index: Path, *post_ids: str) -> str:
    """Rebuilds with these posts and returns the version."""
    corpus = write_corpus(index.parent / "corpus", [raw_post(post_id) for post_id in post_ids])
    return semsearch.rebuild(corpus, index).version


def damage(index: Path, version: str) -> None:
    file = index / "versions" / version / "posts.sqlite"
    file.write_bytes(file.read_bytes()[:-1] + b"!")


def test_a_new_version_is_served(index: Path) -> None:
    publish(index, "a")
    live_index = LiveIndex(index)
    before = live_index.searcher
    second = publish(index, "a", "b")
    live_index.refresh()
    assert live_index.searcher.snapshot.version == second
    assert live_index.searcher.post("b").id == "b"
    assert len(before.snapshot) == 1
    assert before.search("title").hits[0].id == "a"  # requests that hold the old searcher continue with it


def test_curation_and_second_stage_are_passed_on_to_a_new_version(index: Path, tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    file.write_text("queries: [{query: title, pin: [b]}]", encoding="utf-8")
    curation, stage = CurationFile(file), SecondStage(ConstantReranker())
    publish(index, "a", "c")
    live_index = LiveIndex(index, curation=curation, second_stage=stage)
    hits = live_index.searcher.search("title").hits
    assert [hit.pinned for hit in hits] == [False, False]  # no post with the id b yet
    publish(index, "a", "b", "c")
    live_index.refresh()
    assert (live_index.searcher.curation, live_index.searcher.second_stage) == (curation, stage)
    answer = live_index.searcher.search("title")
    assert (answer.hits[0].id, answer.hits[0].pinned) == ("b", True)
    assert answer.reranking is not None
    assert answer.reranking.candidates == 2  # the pinned post is not reranked


def test_a_version_that_fails_with_the_second_stage_is_refused(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(index, "a")
    stage = SecondStage(ConstantReranker())
    live_index = LiveIndex(index, second_stage=stage)
    publish(index, "b")
    monkeypatch.setattr(ConstantReranker, "relevances", lambda *_: 1 / 0)
    live_index.refresh()
    assert live_index.problem == "ZeroDivisionError: division by zero"
    assert live_index.searcher.snapshot.version == first


def test_memory_is_released_at_the_refresh_after_a_switch(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[str] = []
    publish(index, "a")
    live_index = LiveIndex(index)
    monkeypatch.setattr(
        "semsearch.serving.live_index.release_free_memory",
        lambda: released.append(live_index.searcher.snapshot.version),
    )
    live_index.refresh()
    assert released == [], "nothing changed"
    second = publish(index, "a", "b")
    live_index.refresh()
    assert released == [], "requests may still use the previous version"
    for _ in range(2):
        live_index.refresh()
    assert released == [second], "once"


def test_a_rollback_is_served_too(index: Path) -> None:
    first = publish(index, "a")
    publish(index, "b")
    live_index = LiveIndex(index)
    IndexFolder(index).rollback()
    live_index.refresh()
    assert live_index.searcher.snapshot.version == first


def test_a_damaged_version_is_refused_and_the_previous_one_stays(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = publish(index, "a")
    live_index = LiveIndex(index)
    second = publish(index, "b")
    damage(index, second)
    for _ in range(3):
        live_index.refresh()
    assert live_index.searcher.snapshot.version == first
    assert live_index.problem is not None
    assert second in live_index.problem
    assert "posts.sqlite" in live_index.problem
    assert len(caplog.records) == 1
    third = publish(index, "c")
    live_index.refresh()
    assert live_index.searcher.snapshot.version == third
    assert not live_index.problem


def test_a_version_that_cannot_be_opened_is_tried_again_later(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(index, "a")
    live_index = LiveIndex(index)
    second = publish(index, "b")
    with monkeypatch.context() as patch:
        patch.setattr(IndexFolder, "open", lambda *_: (_ for _ in ()).throw(OSError("too many open files")))
        live_index.refresh()
    assert live_index.problem == "too many open files"
    assert live_index.searcher.snapshot.version != second
    live_index.refresh()  # too soon
    assert live_index.problem is not None
    monkeypatch.setattr("semsearch.serving.live_index.time.monotonic", lambda: time.perf_counter() + 1e9)
    live_index.refresh()
    assert live_index.searcher.snapshot.version == second
    assert not live_index.problem


def test_a_version_without_read_permission_is_served_once_it_is_given(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, "a")
    live_index = LiveIndex(index)
    second = publish(index, "b")
    with monkeypatch.context() as patch:
        refuse_to_open(patch, index / "versions" / second / "passages.npy", errno.EACCES)
        live_index.refresh()
    assert live_index.problem is not None
    assert "passages.npy: Permission denied; give this user permission" in live_index.problem
    monkeypatch.setattr("semsearch.serving.live_index.time.monotonic", lambda: time.perf_counter() + 1e9)
    live_index.refresh()
    assert live_index.searcher.snapshot.version == second
    assert not live_index.problem


def test_a_service_starts_without_the_pointer_and_reports_that(index: Path) -> None:
    name = publish(index, "a")
    (index / "CURRENT").unlink()
    live_index = LiveIndex(index)
    assert live_index.searcher.snapshot.version == name
    assert live_index.problem is not None
    assert "run: semsearch rollback" in live_index.problem


def test_a_replaced_version_is_closed_without_a_garbage_collection(index: Path) -> None:
    first = publish(index, "a")
    live_index = LiveIndex(index)
    live_index.searcher.related("a")
    publish(index, "b")
    live_index.searcher.search("a")
    documents = weakref.ref(live_index.searcher.snapshot.documents)
    connection = live_index.searcher.snapshot.documents._connection
    gc.collect()
    gc.disable()
    try:
        live_index.refresh()
        assert live_index.searcher.snapshot.version != first
        assert documents() is None
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
    finally:
        gc.enable()


def test_a_panic_while_a_version_is_opened_is_reported_and_it_is_tried_again(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(*_: object) -> Snapshot:
        raise Panic("index out of bounds")

    publish(index, "a")
    live_index = LiveIndex(index)
    second = publish(index, "b")
    with monkeypatch.context() as patch:
        patch.setattr(IndexFolder, "open", panic)
        live_index.refresh()
    assert live_index.problem == "Panic: index out of bounds"
    monkeypatch.setattr("semsearch.serving.live_index.time.monotonic", lambda: time.perf_counter() + 1e9)
    live_index.refresh()
    assert live_index.searcher.snapshot.version == second
    assert live_index.problem is None


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_opening_a_version_can_be_interrupted(
    index: Path, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    def interrupted(*_: object) -> Snapshot:
        raise interrupt

    publish(index, "a")
    live_index = LiveIndex(index)
    publish(index, "b")
    monkeypatch.setattr(IndexFolder, "open", interrupted)
    with pytest.raises(interrupt):
        live_index.refresh()


def test_a_panic_while_warming_up_is_logged(
    index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def panic(_: RelatedFinder) -> None:
        raise Panic("index out of bounds")

    publish(index, "a")
    live_index = LiveIndex(index)
    monkeypatch.setattr(RelatedFinder, "warm", panic)
    live_index.warm()
    assert "index out of bounds" in caplog.text


def test_a_service_starts_with_the_newest_valid_version(index: Path) -> None:
    first = publish(index, "a")
    second = publish(index, "b")
    damage(index, second)
    with TestClient(service(index=index)) as client:
        ready = client.get("/readyz").json()
    assert ready["index_version"] == first
    assert second in ready["problem"]


def test_a_service_does_not_start_without_a_valid_version(index: Path) -> None:
    with pytest.raises(IndexNotFound, match="semsearch rebuild"):
        LiveIndex(index)
    damage(index, publish(index, "a"))
    with pytest.raises(DamagedVersion, match=r"posts\.sqlite"):
        LiveIndex(index)


def test_the_encoder_is_warmed_up_while_the_index_is_opened(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, "a")
    shutil.copytree(index / "cache", tmp_path / "elsewhere")
    barrier, warmed_up = threading.Barrier(2, timeout=30), list[Encoder]()
    encode = OpenVinoEncoder.encode_queries

    def record(encoder: OpenVinoEncoder, texts: Sequence[str]) -> Vectors:
        if not warmed_up:
            warmed_up.append(encoder)
            barrier.wait()
        return encode(encoder, texts)

    def open_index(folder: IndexFolder) -> Snapshot:
        barrier.wait()
        return folder.open()

    monkeypatch.setattr(OpenVinoEncoder, "encode_queries", record)
    monkeypatch.setattr(IndexFolder, "open_newest_valid", open_index)
    monkeypatch.setattr("semsearch.serving.live_index.open_encoder_for", lambda *_, **__: pytest.fail("it is exported"))
    shutil.rmtree(index / "cache")
    assert [LiveIndex(index, tmp_path / "elsewhere").searcher.encoder] == warmed_up


def test_a_damaged_index_is_reported_before_a_model_is_exported(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(index, publish(index, "a"))
    shutil.rmtree(index / "cache")
    monkeypatch.setattr(
        "semsearch.serving.live_index.open_encoder_for", lambda *_, **__: pytest.fail("the index is damaged")
    )
    with pytest.raises(DamagedVersion, match=r"posts\.sqlite"):
        LiveIndex(index)


@pytest.mark.parametrize("error", [ModelError("gone"), RuntimeError("gone"), Panic("gone")])
def test_an_error_of_the_exported_model_is_raised_only_if_opening_the_model_fails_too(
    index: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    publish(index, "a")
    monkeypatch.setattr("semsearch.serving.live_index.open_exported", fail)
    assert LiveIndex(index).searcher.search("title").hits[0].id == "a"
    monkeypatch.setattr("semsearch.serving.live_index.open_encoder_for", fail)
    with pytest.raises(type(error), match="gone"):
        LiveIndex(index)


def test_a_deleted_index_is_reported_and_stays_in_service(index: Path) -> None:
    publish(index, "a")
    live_index = LiveIndex(index)
    shutil.rmtree(index / "versions")
    (index / "CURRENT").unlink()
    live_index.refresh()
    assert live_index.problem is not None
    assert live_index.searcher.search("title").hits[0].id == "a"


def test_no_request_fails_or_mixes_versions_during_a_switch(index: Path) -> None:
    posts_by_version = {publish(index, "p0"): {"p0"}}
    seen: list[tuple[str, frozenset[str]]] = []
    failures: list[str] = []
    done = threading.Event()
    with TestClient(service(index=index, poll_seconds=0.02)) as client:

        def search_repeatedly() -> None:
            while not done.is_set():
                answer = client.get("/v1/search", params={"q": "title", "mode": "semantic"})
                if answer.status_code != 200:
                    failures.append(answer.text)
                    return
                body = answer.json()
                seen.append((body["index_version"], frozenset(hit["id"] for hit in body["hits"])))

        threads = [threading.Thread(target=search_repeatedly) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(1, 4):
            ids = [f"p{number}", f"q{number}"]
            version = publish(index, *ids)
            posts_by_version[version] = set(ids)
            deadline = time.monotonic() + 30
            while client.get("/readyz").json()["index_version"] != version:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len({version for version, _ in seen}) > 1
    assert all(ids == posts_by_version[version] for version, ids in seen)


# --- the watch --------------------------------------------------------------------------------------------------------


def watch_until(done: Callable[[], bool], *checks: Callable[[], None]) -> None:
    """Watch with these checks until ``done``."""

    async def main() -> None:
        watching = asyncio.create_task(watch(checks, 0.001))
        async with asyncio.timeout(10):
            while not done():
                assert not watching.done(), "the watch has ended"
                await asyncio.sleep(0.001)
        watching.cancel()

    asyncio.run(main())


@pytest.mark.parametrize("error", [OSError("disk full"), Panic("out of bounds"), SystemExit(1), StopIteration("end")])
def test_the_watch_continues_after_a_check_fails_and_calls_the_others(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    def failing() -> None:
        calls.append("failing")
        raise error

    watch_until(lambda: len(calls) >= 6, failing, lambda: calls.append("other"))
    assert calls[:6] == ["failing", "other"] * 3
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert str(error) in caplog.text


def test_the_watch_logs_a_failure_again_after_a_success_or_another_failure(caplog: pytest.LogCaptureFixture) -> None:
    errors = [OSError("one"), OSError("one"), OSError("two"), None, OSError("two")]
    left = list(errors)

    def check() -> None:
        if left and (error := left.pop(0)):
            raise error

    watch_until(lambda: not left, check)
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["one", "two", "two"]


def test_the_watch_continues_when_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[bool] = []
    to_thread = asyncio.to_thread

    async def no_thread(*_: object) -> None:
        monkeypatch.setattr(asyncio, "to_thread", to_thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asyncio, "to_thread", no_thread)
    watch_until(lambda: bool(calls), lambda: calls.append(True))
    assert "can't start new thread" in caplog.text


def overwrite(file: Path, content: bytes) -> None:
    """Write over a file in place, as some tools for backups do."""
    with file.open("r+b") as stream:
        stream.write(content)
        stream.truncate()


@pytest.mark.parametrize("damaged", [lambda content: content[:-1] + b"!", lambda content: content[:-1], lambda _: b""])
def test_a_version_that_is_damaged_while_it_is_served_is_left_until_it_is_whole_again(
    index: Path, damaged: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = publish(index, "a"), publish(index, "b")
    live_index = LiveIndex(index)
    file = index / "versions" / second / "related.npy"
    whole = file.read_bytes()
    overwrite(file, damaged(whole))
    for _ in range(3):
        live_index.refresh()
    assert live_index.searcher.snapshot.version == first
    assert live_index.problem is not None
    assert "related.npy" in live_index.problem
    assert sum("still serving" in record.message for record in caplog.records) == 1
    overwrite(file, whole)
    for _ in range(2):  # while files change, nothing is opened
        live_index.refresh()
    assert live_index.searcher.snapshot.version == second
    assert live_index.problem is None


def test_a_check_that_failed_for_another_reason_is_repeated(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = publish(index, "a"), publish(index, "b")
    live_index = LiveIndex(index)
    damage(index, second)
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise IndexNotReadable(index, "Too many open files")

        patched.setattr(IndexFolder, "check", fail)
        live_index.refresh()
    assert "Too many open files" in (live_index.problem or "")
    live_index.refresh()
    assert live_index.searcher.snapshot.version == first
    assert "posts.sqlite" in (live_index.problem or "")


def test_the_only_version_stays_in_service_when_it_is_damaged(index: Path) -> None:
    only = publish(index, "a")
    live_index = LiveIndex(index)
    damage(index, only)
    for _ in range(2):
        live_index.refresh()
    assert live_index.searcher.snapshot.version == only
    assert "posts.sqlite" in (live_index.problem or "")


def test_a_version_whose_files_were_only_touched_stays_in_service(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(index, "a")
    version = publish(index, "b")
    live_index = LiveIndex(index)
    (index / "versions" / version / "posts.sqlite").touch()
    checks: list[Manifest] = []
    monkeypatch.setattr(IndexFolder, "check", lambda _, manifest: checks.append(manifest))
    for _ in range(3):
        live_index.refresh()
    assert (live_index.searcher.snapshot.version, live_index.problem, len(checks)) == (version, None, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_files_of_old_versions_are_neither_open_nor_mapped_after_switches_under_load(index: Path) -> None:
    versions = [publish(index, "a"), publish(index, "a", "b")]
    live_index = LiveIndex(index)
    has_ended = threading.Event()

    def search() -> None:
        while not has_ended.is_set():
            searcher = live_index.searcher
            searcher.search("title")
            searcher.related("a")

    def used() -> set[str]:
        """The versions of which a file is open or mapped."""
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8")
        opened = [file.readlink() for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
        return {name for name in versions if f"{index}/versions/{name}/" in f"{mapped}{opened}"}

    threads = [threading.Thread(target=search) for _ in range(2)]
    gc.collect()
    gc.disable()
    try:
        for thread in threads:
            thread.start()
        for version in (versions * 2)[:3]:
            IndexFolder(index).rollback(version)
            live_index.refresh()
            assert live_index.searcher.snapshot.version == version
    finally:
        has_ended.set()
        for thread in threads:
            thread.join()
        still_used = used()
        gc.enable()
    assert still_used == {versions[0]}
