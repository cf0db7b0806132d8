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
from semsearch.encoding import Encoder
from semsearch.errors import (
    CorpusError,
    CorpusNotFound,
    DuplicateIds,
    EmptyCorpus,
    IndexBusy,
    IndexNotFound,
    ModelNotFound,
    TooManyRejected,
)
from semsearch.index import IndexFolder
from semsearch.posts import Post
from semsearch.rebuilding import Progress, Stage, rebuild_from
from semsearch.rebuilding.calibration import PRIOR
from semsearch.rebuilding.texts import TEMPLATE
from tests.builders import raw_post, write_corpus
from tests.rebuilding.fakes import FakeEncoder

TWO_SENTENCES = "The walrus came in from the ice. It ordered two cups of tea."
POSTS = [
    raw_post("a", title="Walrus", teaser=TWO_SENTENCES),  # a whole and two sentences
    raw_post("b", title="Narwhal", teaser="One sentence says it all."),  # a whole
    raw_post("c", title="Walrus", teaser=TWO_SENTENCES),  # the same as a
]


def copies(count: int) -> list[dict[str, Any]]:
    """Posts of equal text, which take next to no time: one text is embedded."""
    return [raw_post(f"p{number}", title="Same", teaser="") for number in range(count)]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Takes the place of the model, and remembers what was embedded."""
    encoder = FakeEncoder(batch=100)
    # By name: the package's own name "rebuild" is the function.
    module = importlib.import_module("semsearch.rebuilding.rebuild")
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


def ids(index: Path) -> list[str]:
    with closing(IndexFolder(index).open()) as snapshot:
        return snapshot.documents.ids()


# --- what is built ----------------------------------------------------------------------------------------------------


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
    first, fake.seen = sorted(fake.seen), []
    full = semsearch.rebuild(corpus, index, full=True)
    assert (full.embedded, full.reused) == (4, 3)
    assert sorted(fake.seen) == first
    assert {f"Walrus\n{TWO_SENTENCES}", "It ordered two cups of tea."} <= set(first)
    fake.seen = []
    semsearch.rebuild(corpus, index)
    assert fake.seen == []


def test_questions_that_measure_a_corpus_are_embedded_once(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    def posts(teaser: str) -> list[dict[str, Any]]:
        return [raw_post(f"p{number}", teaser=f"{teaser} {number}.") for number in range(6)]

    corpus = write_corpus(tmp_path / "corpus", posts("First"))
    semsearch.rebuild(corpus, index)
    assert fake.asked[:6] == [f"Title of p{number}" for number in range(6)]
    assert len(fake.asked) == 6 + 64  # the titles, and the questions that were made up of their words
    fake.asked = []
    for number in range(8):  # the cache forgets what five rebuilds did not use
        write_corpus(corpus, posts(f"Other {number}"))
        report = semsearch.rebuild(corpus, index)
        assert (report.embedded, report.unchanged) == (6, False)
    assert fake.asked == []
    semsearch.rebuild(corpus, index, full=True)
    assert len(fake.asked) == 6 + 64


def test_rows_hold_the_vectors_of_their_texts_in_order(index: Path, tmp_path: Path, encoder: Encoder) -> None:
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index)
    texts = [f"Walrus\n{TWO_SENTENCES}", "Narwhal\nOne sentence says it all.", f"Walrus\n{TWO_SENTENCES}"]
    sentences = ["The walrus came in from the ice.", "It ordered two cups of tea."]
    with closing(IndexFolder(index).open(report.version)) as snapshot:
        whole = snapshot.whole.vectors(np.arange(3))
        passages = snapshot.passage_vectors.vectors(np.arange(4))
        assert (whole * encoder.encode_queries(texts)).sum(axis=1).min() > 0.999
        assert (passages * encoder.encode_queries(sentences * 2)).sum(axis=1).min() > 0.999
        assert snapshot.passages.post.tolist() == [0, 0, 2, 2]
        assert snapshot.attributes.copy_of.tolist() == [0, 1, 0]


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
    assert (report.model, report.encoder) == (encoder.card.name, encoder.form)
    assert set(report.stages) == set(Stage)
    assert sum(report.stages.values()) == pytest.approx(report.seconds, abs=1e-3)


def test_a_corpus_of_few_posts_is_calibrated_by_what_is_usual_and_a_larger_one_by_itself(
    index: Path, tmp_path: Path, encoder: Encoder
) -> None:
    topics = ["walrus on ice", "compilers", "baking bread", "tax law", "jazz piano", "bicycle repair", "volcanoes"]
    posts = [raw_post(f"{n}", title=topic, teaser=f"All about {topic}.") for n, topic in enumerate(topics)]
    corpus = tmp_path / "corpus"
    measured = []
    for count in (4, 7):
        semsearch.rebuild(write_corpus(corpus, posts[:count]), index)
        with closing(IndexFolder(index).open()) as snapshot:
            measured.append(snapshot.manifest.calibration.search)
            vectors = snapshot.whole.vectors(np.arange(count))
    assert measured[0] == PRIOR
    pairs = (encoder.encode_queries(topics) @ vectors.T)[~np.eye(7, dtype=np.bool_)]  # the titles, each as a question
    assert measured[1].mean == pytest.approx(float(np.median(pairs)), abs=1e-3)
    assert measured[1] != PRIOR
    assert measured[1].mean < 0.4  # unrelated texts are not alike


# --- what is refused --------------------------------------------------------------------------------------------------


def test_bad_lines_up_to_a_tenth_cost_only_themselves(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", [*copies(4), "{", *copies(9)[4:]])
    report = semsearch.rebuild(corpus, index)
    assert (report.posts, report.rejected) == (9, 1)
    (rejection,) = report.rejections
    assert (rejection.file, rejection.line, rejection.duplicate) == (corpus / "posts.jsonl", 5, False)
    assert "not JSON" in rejection.reason
    assert ids(index) == [f"p{number}" for number in range(9)]


def test_all_bad_lines_are_counted_and_the_first_hundred_kept(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
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
        "ids used twice: 1;.*posts.jsonl:31: the id 'p3'",
    ),
    "ids twice and too many bad": (copies(3) * 2, DuplicateIds, "ids used twice: 3;"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_where_the_corpus_is_no_good_nothing_is_published(
    fake: FakeEncoder, index: Path, tmp_path: Path, failure: str
) -> None:
    lines, error, message = FAILURES[failure]
    if lines is not None:
        write_corpus(tmp_path / "corpus", lines)
    with pytest.raises(error, match=message):
        semsearch.rebuild(tmp_path / "corpus", index)
    with pytest.raises(IndexNotFound):
        IndexFolder(index).open()
    assert {path.name for path in index.iterdir()} <= {".lock", "cache"}


def test_the_old_version_is_served_after_every_failure(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
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


def test_a_model_that_is_not_there_leaves_the_index_as_it_is(index: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index, model="no-such-model")
    assert not (index / "building").exists()


def test_one_rebuild_at_a_time(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    with IndexFolder(index).lock(), pytest.raises(IndexBusy):
        semsearch.rebuild(corpus, index)
    assert semsearch.rebuild(corpus, index).version == IndexFolder(index).current()


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress_is_told_in_the_order_of_the_stages(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    report = semsearch.rebuild(write_corpus(tmp_path / "corpus", copies(250)), index, on_progress=told.append)
    assert [(progress.stage, progress.posts, progress.embedded, progress.reused) for progress in told] == [
        (Stage.MODEL, 0, 0, 0),
        (Stage.POSTS, 0, 0, 0),  # a hundred are read, and none is embedded yet
        (Stage.POSTS, 0, 0, 0),
        (Stage.POSTS, 250, 1, 249),
        (Stage.VECTORS, 250, 1, 249),
        (Stage.RELATED, 250, 1, 249),
        (Stage.PUBLISH, 250, 1, 249),
    ]
    assert [progress.share for progress in told] == [None, 0, 0, 1, None, 1, None]
    assert (report.embedded, report.reused) == (1, 249)


@pytest.mark.parametrize("stage", Stage)
def test_a_rebuild_that_is_interrupted_publishes_nothing_and_loses_no_vector(
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
    assert semsearch.rebuild(corpus, index).embedded == (4 if stage == Stage.MODEL else 0)


# --- posts from elsewhere ---------------------------------------------------------------------------------------------


def test_posts_may_come_from_anywhere(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    rejection = Rejection(Path("there"), 7, "no title")
    records: list[Post | Rejection] = [*(Post(f"p{number}", "Same") for number in range(9)), rejection]
    report = rebuild_from(iter(records), index, source=Path("elsewhere"))
    assert (report.posts, report.rejections) == (9, (rejection,))
    with pytest.raises(EmptyCorpus, match=r"no valid post in elsewhere; all 1 lines .* there:7: no title"):
        rebuild_from([rejection], index, source=Path("elsewhere"))
    assert ids(index) == [f"p{number}" for number in range(9)]


def test_the_cache_may_lie_elsewhere(cache: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "cache"
    elsewhere.mkdir()
    (elsewhere / "encoders").symlink_to(cache / "encoders", target_is_directory=True)
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(corpus, tmp_path / "one", cache=elsewhere)
    assert semsearch.rebuild(corpus, tmp_path / "two", cache=elsewhere).embedded == 0
    assert not (tmp_path / "one" / "cache").exists()


def test_what_a_failed_rebuild_embedded_survives_the_rebuild_of_another_index(
    fake: FakeEncoder, tmp_path: Path
) -> None:
    """Of indexes that share a cache, and of much that no rebuild has used yet."""
    cache, posts = tmp_path / "cache", [raw_post(f"p{number}", title=f"Post {number}") for number in range(50)]

    def interrupt(progress: Progress) -> None:
        if progress.stage == Stage.VECTORS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        semsearch.rebuild(write_corpus(tmp_path / "large", posts), tmp_path / "one", cache=cache, on_progress=interrupt)
    semsearch.rebuild(write_corpus(tmp_path / "small", POSTS), tmp_path / "two", cache=cache)
    fake.seen.clear()
    assert semsearch.rebuild(tmp_path / "large", tmp_path / "one", cache=cache).embedded == 0
    assert fake.seen == []
