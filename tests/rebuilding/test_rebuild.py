from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch.corpus import Rejection
from semsearch.encoding import Encoder, VectorCache
from semsearch.errors import (
    CorpusError,
    CorpusNotFound,
    DuplicateIds,
    EmptyCorpus,
    IndexBusy,
    IndexNotFound,
    IndexNotWritable,
    ModelNotFound,
    TooManyRejected,
)
from semsearch.index import IndexFolder
from semsearch.index.boilerplate import Boilerplate
from semsearch.posts import Post
from semsearch.rebuilding import Progress, Stage, rebuild_from
from semsearch.rebuilding.prior import SIMILARITY
from semsearch.rebuilding.texts import TEMPLATE
from tests.builders import raw_post, write_corpus
from tests.rebuilding.fakes import FakeEncoder

TWO_SENTENCES = "The walrus came in from the ice. It ordered two cups of tea."
POSTS = [
    raw_post("a", title="Walrus", teaser=TWO_SENTENCES),  # a post vector and two sentences
    raw_post("b", title="Narwhal", teaser="One sentence says it all."),  # only a post vector
    raw_post("c", title="Walrus", teaser=TWO_SENTENCES),  # the same as a
]


def copies(count: int) -> list[dict[str, Any]]:
    """Return posts of equal text, which are fast to rebuild since only one text is embedded."""
    return [raw_post(f"p{number}", title="Same", teaser="") for number in range(count)]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Replaces the model, and records the texts that are encoded."""
    encoder = FakeEncoder(batch=100)
    # import_module, since the attribute "rebuild" of the package is the function.
    module = importlib.import_module("semsearch.rebuilding.rebuild")
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


def ids(index: Path) -> list[str]:
    with closing(IndexFolder(index).open()) as snapshot:
        return snapshot.documents.ids()


# --- versions ---------------------------------------------------------------------------------------------------------


def test_every_row_is_embedded_once_and_reused_from_then_on(index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    first = semsearch.rebuild(corpus, index)
    assert (first.posts, first.passages, first.embedded, first.reused) == (3, 7, 4, 3)
    assert (first.rejected, first.rejections) == (0, ())
    unchanged = semsearch.rebuild(corpus, index)
    assert (unchanged.posts, unchanged.passages, unchanged.embedded, unchanged.reused) == (3, 7, 0, 7)
    write_corpus(corpus, [*POSTS[:2], raw_post("c", title="Seal", teaser=TWO_SENTENCES)])
    changed = semsearch.rebuild(str(corpus), str(index))
    assert (changed.embedded, changed.reused) == (1, 6)
    versions = IndexFolder(index).names()
    assert versions == [first.version, unchanged.version, changed.version]
    digests = [IndexFolder(index).open(name).manifest.corpus_sha256 for name in versions]
    assert digests[0] == digests[1] != digests[2]


def test_a_full_rebuild_embeds_every_text_again(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(corpus, index)
    first, fake.documents = sorted(fake.documents), []
    full = semsearch.rebuild(corpus, index, full=True)
    assert (full.embedded, full.reused) == (4, 3)
    assert sorted(fake.documents) == first
    assert {f"Walrus\n{TWO_SENTENCES}", "It ordered two cups of tea."} <= set(first)
    fake.documents = []
    semsearch.rebuild(corpus, index)
    assert fake.documents == []


def test_calibration_queries_are_encoded_once(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    words = ["walrus", "kite", "glacier", "engine", "harbour", "kettle"]

    def posts(teaser: str) -> list[dict[str, Any]]:
        return [
            raw_post(f"p{number}", title=f"{word} {word}s", teaser=f"{teaser} {number}.")
            for number, word in enumerate(words)
        ]

    corpus = write_corpus(tmp_path / "corpus", posts("First"))
    semsearch.rebuild(corpus, index)
    assert fake.queries[:6] == [f"{word} {word}s" for word in words]
    made_up = len(fake.queries) - 6
    assert 32 < made_up <= 64  # the titles, and the queries made up of their words
    fake.queries = []
    for number in range(8):  # vectors that five rebuilds did not use are pruned
        write_corpus(corpus, posts(f"Other {number}"))
        report = semsearch.rebuild(corpus, index)
        assert (report.embedded, report.unchanged) == (6, False)
    assert fake.queries == []
    semsearch.rebuild(corpus, index, full=True)
    assert len(fake.queries) == 6 + made_up


def test_rows_hold_the_vectors_of_their_texts_in_order(index: Path, tmp_path: Path, encoder: Encoder) -> None:
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index)
    texts = [f"Walrus\n{TWO_SENTENCES}", "Narwhal\nOne sentence says it all.", f"Walrus\n{TWO_SENTENCES}"]
    sentences = ["The walrus came in from the ice.", "It ordered two cups of tea."]
    with closing(IndexFolder(index).open(report.version)) as snapshot:
        whole = snapshot.post_vectors.vectors(np.arange(3))
        passages = snapshot.passage_vectors.vectors(np.arange(4))
        assert (whole * encoder.encode_queries(texts)).sum(axis=1).min() > 0.999
        assert (passages * encoder.encode_queries(sentences * 2)).sum(axis=1).min() > 0.999
        assert snapshot.passages.post.tolist() == [0, 0, 2, 2]
        assert snapshot.attributes.duplicate_group.tolist() == [0, 1, 0]


def test_the_manifest_says_how_it_was_built(index: Path, tmp_path: Path, encoder: Encoder) -> None:
    started = dt.datetime.now(dt.UTC).replace(microsecond=0)
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index)
    with closing(IndexFolder(index).open()) as snapshot:
        manifest = snapshot.manifest
    assert (manifest.version, manifest.posts, manifest.passages) == (report.version, 3, 7)
    assert (manifest.model, manifest.template, manifest.vectors) == (encoder.card, TEMPLATE, "flat / flat")
    assert started <= dt.datetime.fromisoformat(manifest.created_at) <= dt.datetime.now(dt.UTC)
    assert {"faiss-cpu", "tantivy", "numpy", "openvino"} <= manifest.libraries.keys()
    assert 0 < manifest.build_seconds <= report.seconds
    assert (report.model, report.encoder) == (encoder.card.name, encoder.backend)
    assert set(report.stages) == set(Stage)
    assert sum(report.stages.values()) == pytest.approx(report.seconds, abs=1e-3)


def test_a_corpus_of_one_post_has_the_prior_calibration_and_a_larger_one_is_measured(
    index: Path, tmp_path: Path, encoder: Encoder
) -> None:
    topics = ["walrus on ice", "compilers", "baking bread", "tax law", "jazz piano", "bicycle repair", "volcanoes"]
    posts = [raw_post(f"{n}", title=topic, teaser=f"All about {topic}.") for n, topic in enumerate(topics)]
    corpus = tmp_path / "corpus"
    measured = []
    for count in (1, 7):
        semsearch.rebuild(write_corpus(corpus, posts[:count]), index)
        with closing(IndexFolder(index).open()) as snapshot:
            measured.append(snapshot.manifest.calibration.search)
            vectors = snapshot.post_vectors.vectors(np.arange(count))
    assert measured[0] == SIMILARITY
    pairs = (encoder.encode_queries(topics) @ vectors.T)[~np.eye(7, dtype=np.bool_)]  # the titles as queries
    expected = (42 * float(np.median(pairs)) + 20 * SIMILARITY.mean) / 62  # the prior weighs as much as 20 pairs
    assert measured[1].mean == pytest.approx(expected, abs=1e-3)
    assert measured[1] != SIMILARITY
    assert measured[1].mean < 0.4  # unrelated texts are not similar


# --- bad input --------------------------------------------------------------------------------------------------------


def test_up_to_a_tenth_of_rejected_lines_are_left_out(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", [*copies(4), "{", *copies(9)[4:]])
    report = semsearch.rebuild(corpus, index)
    assert (report.posts, report.rejected) == (9, 1)
    (rejection,) = report.rejections
    assert (rejection.file, rejection.line, rejection.duplicate) == (corpus / "posts.jsonl", 5, False)
    assert "not JSON" in rejection.reason
    assert ids(index) == [f"p{number}" for number in range(9)]


def test_all_rejected_lines_are_counted_and_the_first_hundred_reported(
    fake: FakeEncoder, index: Path, tmp_path: Path
) -> None:
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", [*["{"] * 110, *copies(990)]), index)
    assert (report.posts, report.rejected, len(report.rejections)) == (990, 110, 100)
    assert [rejection.line for rejection in report.rejections] == list(range(1, 101))


FAILURES: Mapping[str, tuple[Sequence[Mapping[str, Any] | str] | None, type[CorpusError], str]] = {
    "no corpus": (None, CorpusNotFound, "no corpus at .*corpus: it does not exist"),
    "no lines": ([], EmptyCorpus, "no valid post in"),
    "blank lines": (["", " "], EmptyCorpus, "no valid post in"),
    "only bad lines": (["{", "[]"], EmptyCorpus, "all 2 lines were rejected, the first because: "),
    "over a tenth bad": ([*copies(17), "{", "{"], TooManyRejected, r"2 of 19 lines rejected, over the limit of 10%"),
    "an id twice": (
        [*copies(30), raw_post("p3")],
        DuplicateIds,
        "lines with a duplicate id: 1;.*posts.jsonl:31: duplicate id 'p3'",
    ),
    "ids twice and too many bad": (copies(3) * 2, DuplicateIds, "lines with a duplicate id: 3;"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_bad_corpus_is_not_published(fake: FakeEncoder, index: Path, tmp_path: Path, failure: str) -> None:
    lines, error, message = FAILURES[failure]
    if lines is not None:
        write_corpus(tmp_path / "corpus", lines)
    with pytest.raises(error, match=message):
        semsearch.rebuild(tmp_path / "corpus", index)
    with pytest.raises(IndexNotFound):
        IndexFolder(index).open()
    assert {path.name for path in index.iterdir()} <= {".lock", "cache"}


def test_the_old_version_stays_current_after_every_failure(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    good = semsearch.rebuild(write_corpus(tmp_path / "good", POSTS), index)
    for number, (lines, error, _) in enumerate(FAILURES.values()):
        corpus = tmp_path / f"{number}"
        if lines is not None:
            write_corpus(corpus, lines)
        with pytest.raises(error):
            semsearch.rebuild(corpus, index)
    assert IndexFolder(index).names() == [good.version]
    assert ids(index) == ["a", "b", "c"]
    assert not (index / "building").exists()


def test_a_missing_model_leaves_the_index_unchanged(index: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index, model="no-such-model")
    assert not (index / "building").exists()


def test_a_second_rebuild_at_the_same_time_is_refused(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    with IndexFolder(index).lock(), pytest.raises(IndexBusy):
        semsearch.rebuild(corpus, index)
    assert semsearch.rebuild(corpus, index).version == IndexFolder(index).current()


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress_is_reported_in_the_order_of_the_stages(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    reported: list[Progress] = []
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", copies(250)), index, on_progress=reported.append)
    assert [(progress.stage, progress.posts, progress.embedded, progress.reused) for progress in reported] == [
        (Stage.MODEL, 0, 0, 0),
        (Stage.READ, 100, 0, 0),
        (Stage.READ, 200, 0, 0),
        (Stage.READ, 250, 0, 0),
        (Stage.POSTS, 0, 0, 0),  # a hundred posts are written, and none is embedded yet
        (Stage.POSTS, 0, 0, 0),
        (Stage.POSTS, 250, 1, 249),
        (Stage.VECTORS, 250, 1, 249),
        (Stage.RELATED, 250, 1, 249),
        (Stage.PUBLISH, 250, 1, 249),
    ]
    assert [progress.share for progress in reported] == [None, 1, 1, 1, 0, 0, 1, None, 1, None]
    assert (report.embedded, report.reused) == (1, 249)


@pytest.mark.parametrize("stage", Stage)
def test_an_interrupted_rebuild_publishes_nothing_and_keeps_its_vectors(
    fake: FakeEncoder, index: Path, tmp_path: Path, stage: Stage
) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)

    def interrupt(progress: Progress) -> None:
        if progress.stage == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        semsearch.rebuild(corpus, index, on_progress=interrupt)
    assert IndexFolder(index).names() == []
    assert not (index / "building").exists()
    assert semsearch.rebuild(corpus, index).embedded == (4 if stage in (Stage.MODEL, Stage.READ) else 0)


# --- boilerplate ------------------------------------------------------------------------------------------------------


def test_boilerplate_is_neither_embedded_nor_indexed_nor_stored_but_listed(
    fake: FakeEncoder, index: Path, tmp_path: Path
) -> None:
    donate, places = "Please donate to our harbour.", ("Bergen", "Cuxhaven", "Dover", "Esbjerg", "Faro")
    corpus = write_corpus(
        tmp_path / "corpus",
        [
            raw_post(place, teaser=donate, body=f"All about {place} is here. {donate} {place} is an old place.")
            for place in places
        ],
    )
    semsearch.rebuild(corpus, index)
    assert "All about Dover is here." in fake.documents
    assert not [text for text in fake.documents if "donate" in text]
    with closing(IndexFolder(index).open()) as snapshot:
        [dover] = snapshot.documents.get([2])
        assert (dover.teaser, dover.body) == ("", "All about Dover is here. Dover is an old place.")
        assert snapshot.boilerplate == (Boilerplate(donate, 5, "Bergen"),)
    assert semsearch.rebuild(corpus, index).unchanged
    with closing(IndexFolder(index).open()) as copy:
        assert copy.boilerplate == (Boilerplate(donate, 5, "Bergen"),)


# --- loaded posts and caches ------------------------------------------------------------------------------------------


def test_posts_may_come_from_any_iterable(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    rejection = Rejection(Path("there"), 7, "no title")
    records: list[Post | Rejection] = [*(Post(f"p{number}", "Same") for number in range(9)), rejection]
    report = rebuild_from(iter(records), index, source=Path("elsewhere"))
    assert (report.posts, report.rejections) == (9, (rejection,))
    with pytest.raises(EmptyCorpus, match=r"no valid post in elsewhere; all 1 lines .* there:7: no title"):
        rebuild_from([rejection], index, source=Path("elsewhere"))
    assert ids(index) == [f"p{number}" for number in range(9)]


def test_the_cache_may_be_outside_the_index(cache: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "cache"
    elsewhere.mkdir()
    (elsewhere / "encoders").symlink_to(cache / "encoders", target_is_directory=True)
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(corpus, tmp_path / "one", cache=elsewhere)
    assert semsearch.rebuild(corpus, tmp_path / "two", cache=elsewhere).embedded == 0
    assert not (tmp_path / "one" / "cache").exists()


def database(index: Path) -> Path:
    (file,) = (index / "cache" / "vectors").glob("*.sqlite")
    return file


def test_a_damaged_cache_costs_only_the_time_to_embed_again(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(corpus, index)
    database(index).write_bytes(b"damaged" * 1_000)
    write_corpus(corpus, POSTS[:2])
    assert semsearch.rebuild(corpus, index).embedded == 4
    write_corpus(corpus, POSTS)
    assert semsearch.rebuild(corpus, index).embedded == 0


def refuse_writes(patched: pytest.MonkeyPatch, method: str) -> None:
    """From this call of the cache on, its database takes nothing, as on a disk that fails."""
    called = getattr(VectorCache, method)

    def refused(cache: VectorCache, *arguments: Any) -> Any:
        cache._connection.execute("PRAGMA query_only = ON")
        return called(cache, *arguments)

    patched.setattr(VectorCache, method, refused)


@pytest.mark.parametrize("method", ["contains", "add"])
def test_a_cache_that_cannot_be_written_leaves_the_old_version_in_use(
    fake: FakeEncoder, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    old = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index).version
    corpus = write_corpus(tmp_path / "corpus", copies(3))
    with monkeypatch.context() as patched:
        refuse_writes(patched, method)
        with pytest.raises(IndexNotWritable, match="sqlite"):
            semsearch.rebuild(corpus, index)
    assert IndexFolder(index).names() == [old]
    assert semsearch.rebuild(corpus, index).posts == 3


def test_a_cache_that_cannot_be_pruned_stops_no_rebuild(
    fake: FakeEncoder,
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    refuse_writes(monkeypatch, "prune")
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index)
    assert IndexFolder(index).current() == report.version
    assert "unused vectors stay in the cache" in caplog.text


def test_vectors_of_a_failed_rebuild_survive_the_rebuild_of_another_index(fake: FakeEncoder, tmp_path: Path) -> None:
    """The indexes share a cache, most of which no finished rebuild has used yet."""
    cache, posts = tmp_path / "cache", [raw_post(f"p{number}", title=f"Post {number}") for number in range(50)]

    def interrupt(progress: Progress) -> None:
        if progress.stage == Stage.VECTORS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        semsearch.rebuild(write_corpus(tmp_path / "large", posts), tmp_path / "one", cache=cache, on_progress=interrupt)
    semsearch.rebuild(write_corpus(tmp_path / "small", POSTS), tmp_path / "two", cache=cache)
    fake.documents.clear()
    assert semsearch.rebuild(tmp_path / "large", tmp_path / "one", cache=cache).embedded == 0
    assert fake.documents == []
