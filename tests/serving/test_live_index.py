from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

import semsearch
from semsearch.encoding import Encoder, Vectors
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.errors import DamagedVersion, IndexNotFound, ModelError
from semsearch.index import IndexFolder, Snapshot
from semsearch.search.curation import CurationFile
from semsearch.search.second_stage import SecondStage
from semsearch.serving.live_index import Serving
from tests.builders import raw_post, service, write_corpus


class AnyOrder:
    """A reranker to which all texts are alike."""

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


def test_a_new_version_takes_over(index: Path) -> None:
    publish(index, "a")
    serving = Serving(index)
    before = serving.searcher
    second = publish(index, "a", "b")
    serving.refresh()
    assert serving.searcher.snapshot.version == second
    assert serving.searcher.post("b").id == "b"
    assert len(before.snapshot) == 1
    assert before.search("title").hits[0].id == "a"  # a request that holds the old one goes on to its end


def test_curation_and_second_stage_go_on_from_version_to_version(index: Path, tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    file.write_text("queries: [{query: title, pin: [b]}]", encoding="utf-8")
    curation, stage = CurationFile(file), SecondStage(AnyOrder())
    publish(index, "a", "c")
    serving = Serving(index, curation=curation, second_stage=stage)
    assert [hit.pinned for hit in serving.searcher.search("title").hits] == [False, False]  # no post has the id b yet
    publish(index, "a", "b", "c")
    serving.refresh()
    assert (serving.searcher.curation, serving.searcher.second_stage) == (curation, stage)
    answer = serving.searcher.search("title")
    assert (answer.hits[0].id, answer.hits[0].pinned) == ("b", True)
    assert answer.reranking is not None
    assert answer.reranking.candidates == 2  # the pin stays where it was put


def test_a_version_that_does_not_answer_with_the_second_stage_is_not_put_into_use(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(index, "a")
    stage = SecondStage(AnyOrder())
    serving = Serving(index, second_stage=stage)
    publish(index, "b")
    monkeypatch.setattr(AnyOrder, "relevances", lambda *_: 1 / 0)
    serving.refresh()
    assert serving.problem == "ZeroDivisionError: division by zero"
    assert serving.searcher.snapshot.version == first


def test_memory_is_given_back_once_nobody_needs_the_version_before(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    publish(index, "a")
    serving = Serving(index)
    monkeypatch.setattr(
        "semsearch.serving.live_index.give_back", lambda: given.append(serving.searcher.snapshot.version)
    )
    serving.refresh()
    assert given == [], "nothing changed"
    second = publish(index, "a", "b")
    serving.refresh()
    assert given == [], "some may be answered by the one before"
    for _ in range(2):
        serving.refresh()
    assert given == [second], "once"


def test_a_rollback_takes_over_too(index: Path) -> None:
    first = publish(index, "a")
    publish(index, "b")
    serving = Serving(index)
    IndexFolder(index).rollback()
    serving.refresh()
    assert serving.searcher.snapshot.version == first


def test_a_damaged_version_is_refused_and_the_old_one_goes_on(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = publish(index, "a")
    serving = Serving(index)
    second = publish(index, "b")
    damage(index, second)
    for _ in range(3):
        serving.refresh()
    assert serving.searcher.snapshot.version == first
    assert serving.problem is not None
    assert second in serving.problem
    assert "posts.sqlite" in serving.problem
    assert len(caplog.records) == 1
    third = publish(index, "c")
    serving.refresh()
    assert serving.searcher.snapshot.version == third
    assert not serving.problem


def test_what_may_pass_is_tried_again(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(index, "a")
    serving = Serving(index)
    second = publish(index, "b")
    with monkeypatch.context() as patch:
        patch.setattr(IndexFolder, "open", lambda *_: (_ for _ in ()).throw(OSError("too many open files")))
        serving.refresh()
    assert serving.problem == "OSError: too many open files"
    assert serving.searcher.snapshot.version != second
    serving.refresh()  # too soon: opening a version reads all of it
    assert serving.problem is not None
    monkeypatch.setattr("semsearch.serving.live_index.time.monotonic", lambda: time.perf_counter() + 1e9)
    serving.refresh()
    assert serving.searcher.snapshot.version == second
    assert not serving.problem


def test_a_service_starts_on_the_newest_whole_version(index: Path) -> None:
    first = publish(index, "a")
    second = publish(index, "b")
    damage(index, second)
    with TestClient(service(index=index)) as client:
        ready = client.get("/readyz").json()
    assert ready["index_version"] == first
    assert second in ready["problem"]


def test_a_service_does_not_start_without_a_whole_version(index: Path) -> None:
    with pytest.raises(IndexNotFound, match="semsearch rebuild"):
        Serving(index)
    damage(index, publish(index, "a"))
    with pytest.raises(DamagedVersion, match=r"posts\.sqlite"):
        Serving(index)


def test_the_model_is_made_ready_while_the_index_is_opened(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, "a")
    shutil.copytree(index / "cache", tmp_path / "elsewhere")
    both, ready = threading.Barrier(2, timeout=30), list[Encoder]()
    encode = OpenVinoEncoder.encode_queries

    def note(encoder: OpenVinoEncoder, texts: Sequence[str]) -> Vectors:
        if not ready:
            ready.append(encoder)
            both.wait()
        return encode(encoder, texts)

    def open_index(folder: IndexFolder) -> Snapshot:
        both.wait()
        return folder.open()

    monkeypatch.setattr(OpenVinoEncoder, "encode_queries", note)
    monkeypatch.setattr(IndexFolder, "open_newest_valid", open_index)
    monkeypatch.setattr("semsearch.serving.live_index.open_encoder_for", lambda *_, **__: pytest.fail("it is there"))
    shutil.rmtree(index / "cache")
    assert [Serving(index, tmp_path / "elsewhere").searcher.encoder] == ready


def test_an_index_that_is_damaged_is_reported_before_a_model_is_exported(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(index, publish(index, "a"))
    shutil.rmtree(index / "cache")
    monkeypatch.setattr("semsearch.serving.live_index.open_encoder_for", lambda *_, **__: pytest.fail("it takes long"))
    with pytest.raises(DamagedVersion, match=r"posts\.sqlite"):
        Serving(index)


@pytest.mark.parametrize("error", [ModelError("gone"), RuntimeError("gone")])
def test_what_is_wrong_with_the_model_of_a_version_matters_only_where_that_answers(
    index: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    publish(index, "a")
    monkeypatch.setattr("semsearch.serving.live_index.open_exported", fail)
    assert Serving(index).searcher.search("title").hits[0].id == "a"
    monkeypatch.setattr("semsearch.serving.live_index.open_encoder_for", fail)
    with pytest.raises(type(error), match="gone"):
        Serving(index)


def test_an_index_that_vanishes_is_reported_and_answers_go_on(index: Path) -> None:
    publish(index, "a")
    serving = Serving(index)
    shutil.rmtree(index / "versions")
    (index / "CURRENT").unlink()
    serving.refresh()
    assert serving.problem is not None
    assert serving.searcher.search("title").hits[0].id == "a"


def test_no_request_fails_and_none_is_mixed_while_versions_swap(index: Path) -> None:
    posts_by_version = {publish(index, "p0"): {"p0"}}
    seen: list[tuple[str, frozenset[str]]] = []
    failures: list[str] = []
    done = threading.Event()
    with TestClient(service(index=index, poll_seconds=0.02)) as client:

        def ask() -> None:
            while not done.is_set():
                answer = client.get("/v1/search", params={"q": "title", "mode": "semantic"})
                if answer.status_code != 200:
                    failures.append(answer.text)
                    return
                body = answer.json()
                seen.append((body["index_version"], frozenset(hit["id"] for hit in body["hits"])))

        askers = [threading.Thread(target=ask) for _ in range(2)]
        for asker in askers:
            asker.start()
        for number in range(1, 4):
            ids = [f"p{number}", f"q{number}"]
            version = publish(index, *ids)
            posts_by_version[version] = set(ids)
            deadline = time.monotonic() + 30
            while client.get("/readyz").json()["index_version"] != version:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        done.set()
        for asker in askers:
            asker.join()
    assert failures == []
    assert len({version for version, _ in seen}) > 1
    assert all(ids == posts_by_version[version] for version, ids in seen)
