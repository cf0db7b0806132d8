from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.storage import documents as documents_module
from semsearch.index.storage.documents import FILE, Documents, DocumentsWriter
from semsearch.posts import Post, Section
from tests.index.builders import plain_text, post

COUNT = 2_100
"""More posts than are written, or read, in one chunk."""


def written(folder: Path, posts: list[Post]) -> Documents:
    writer = DocumentsWriter(folder)
    for one in posts:
        writer.add(one)
    writer.close()
    return Documents.open(folder)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    return written(tmp_path_factory.mktemp("many"), [post(f"p{n}") for n in range(COUNT)])


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | plain_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_text, inner, max_size=3),
    max_leaves=5,
)
lists = st.lists(plain_text, max_size=3).map(tuple)
any_post = st.builds(
    Post,
    id=plain_text,
    title=plain_text,
    teaser=plain_text,
    url=st.none() | plain_text,
    date=st.none() | plain_text,
    updated=st.none() | plain_text,
    image=st.none() | plain_text,
    tags=lists,
    authors=lists,
    language=st.none() | plain_text,
    series=st.none() | plain_text,
    translation_of=st.none() | plain_text,
    body=plain_text,
    sections=st.lists(st.builds(Section, plain_text, plain_text, st.integers(0), st.integers(0)), max_size=2).map(
        tuple
    ),
    extra=st.dictionaries(plain_text, json_values, max_size=3),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(any_post, max_size=5, unique_by=lambda one: one.id))
def test_posts_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, posts: list[Post]) -> None:
    documents = written(tmp_path_factory.mktemp("posts"), posts)
    assert documents.get(range(len(posts))) == posts
    assert documents.ids() == [one.id for one in posts]
    assert [documents.ordinal(one.id) for one in posts] == list(range(len(posts)))
    assert len(documents) == len(posts)
    documents.close()


def test_posts_come_in_the_order_asked_for_with_repetitions(many: Documents) -> None:
    assert [one.id for one in many.get([7, 0, 2_099, 7])] == ["p7", "p0", "p2099", "p7"]
    backwards = list(reversed(range(COUNT)))
    assert [one.id for one in many.get(backwards)] == [f"p{n}" for n in backwards]
    assert many.get([]) == []


@pytest.mark.parametrize("ordinals", [[COUNT], [-1], [0, COUNT, 1], [*range(COUNT), COUNT]])
def test_an_unknown_ordinal_is_an_error_that_names_it(many: Documents, ordinals: list[int]) -> None:
    wrong = next(ordinal for ordinal in ordinals if not 0 <= ordinal < COUNT)
    with pytest.raises(IndexError, match=f"no post has ordinal {wrong}"):
        many.get(ordinals)


@pytest.mark.parametrize("post_id", ["", "P7", "p7 ", "p07", "7", "p\uff17", "%", "p7' OR '1'='1", "\x00", "\udcff"])
def test_ids_are_compared_exactly(many: Documents, post_id: str) -> None:
    assert many.ordinal("p7") == 7
    assert many.ordinal(post_id) is None


def test_ids_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    documents = written(tmp_path, [post("1"), post("01"), post("1.0"), post("1e0")])
    assert documents.ids() == ["1", "01", "1.0", "1e0"]
    assert [documents.ordinal(post_id) for post_id in ("1e0", "1.0", "01", "1")] == [3, 2, 1, 0]


def test_the_record_has_all_fields_but_id_and_body(tmp_path: Path) -> None:
    writer = DocumentsWriter(tmp_path)
    record = writer.add(
        post("a", title="Café", tags=("x",), body="long", sections=(Section("S", "s", 0, 4),), extra={"n": 1})
    )
    writer.close()
    assert record == (
        '{"title": "Café", "teaser": "", "url": null, "date": null, "updated": null, "image": null, "tags": ["x"], '
        '"authors": [], "language": null, "series": null, "translation_of": null, "sections": [["S", "s", 0, 4]], '
        '"extra": {"n": 1}}'
    )


def test_a_second_post_of_one_id_is_refused(tmp_path: Path) -> None:
    writer = DocumentsWriter(tmp_path)
    writer.add(post("a"))
    writer.add(post("a"))
    with pytest.raises(sqlite3.IntegrityError):
        writer.close()
    writer.abandon()


def test_the_path_may_contain_characters_with_a_meaning_in_urls(tmp_path: Path) -> None:
    folder = tmp_path / "a b?mode=rw#é%20&"
    folder.mkdir()
    assert written(folder, [post("a")]).ids() == ["a"]


def test_reading_neither_changes_posts_nor_creates_a_file(tmp_path: Path) -> None:
    documents = written(tmp_path, [post("a")])
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        documents._select("DELETE FROM post")
    with pytest.raises(sqlite3.OperationalError):
        len(Documents(tmp_path / "other.sqlite"))
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("name", ["-journal", "-wal", "-shm"])
def test_journal_files_beside_the_database_are_ignored(tmp_path: Path, name: str) -> None:
    written(tmp_path, [post("a")]).close()
    beside = tmp_path / f"{FILE}{name}"
    beside.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(2_000))  # the magic number of a rollback journal
    assert Documents.open(tmp_path).get([0]) == [post("a")]
    assert beside.exists()


def test_an_abandoned_file_can_be_written_anew(tmp_path: Path) -> None:
    writer = DocumentsWriter(tmp_path)
    writer.add(post("a"))
    writer.abandon()
    (tmp_path / FILE).unlink()
    assert written(tmp_path, [post("b")]).ids() == ["b"]


# --- cache ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_cache(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(documents_module, "MAX_CACHED_CHARACTERS", 1_000)
    return 1_000


def test_a_cached_post_is_not_read_again(tmp_path: Path) -> None:
    documents = written(tmp_path, [post("a"), post("b")])
    first = documents.get([0, 1])
    documents.close()
    assert [one is other for one, other in zip(first, documents.get([0, 1]), strict=True)] == [True, True]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x" * 600},
        {"teaser": "x" * 600},
        {"body": "x" * 600},
        {"url": "x" * 600},
        {"image": "x" * 600},
        {"series": "x" * 600},
        {"sections": (Section("x" * 600, "", 0, 0),)},
        {"tags": ("x" * 600,)},
        {"authors": ("x" * 600,)},
        {"extra": {"x": "x" * 600}},
        {"extra": {"x" * 600: None}},
        {"extra": {"x": [[1] * 200]}},
        {"id": "x" * 600},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_every_field_counts_towards_the_size_of_the_cache(
    tmp_path: Path, small_cache: int, fields: dict[str, Any]
) -> None:
    """Two large posts do not fit, so the first is evicted and the second stays."""
    documents = written(tmp_path, [post(**{"post_id": "a"} | _named(fields)), post("b", body="x" * 600)])
    large, other = documents.get([0])[0], documents.get([1])[0]
    assert documents.get([1])[0] is other
    assert documents.get([0])[0] is not large


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return {"post_id" if name == "id" else name: value for name, value in fields.items()}


def test_the_posts_that_were_read_first_are_evicted_first(tmp_path: Path, small_cache: int) -> None:
    documents = written(tmp_path, [post(f"{n}", extra={"x": "x" * 200}) for n in range(10)])
    read = [documents.get([n])[0] for n in range(10)]
    kept = [n in documents._cache for n in range(10)]
    assert kept == sorted(kept)
    assert 1 < sum(kept) < 5
    assert documents._cached_characters <= small_cache
    assert documents.get(range(10)) == read


def test_a_post_that_is_larger_than_the_cache_evicts_no_other(tmp_path: Path, small_cache: int) -> None:
    documents = written(tmp_path, [post("a"), post("huge", extra={"x": "x" * 1_001})])
    first, huge = documents.get([0, 1])
    assert documents.get([0])[0] is first
    assert documents.get([1])[0] is not huge
    assert documents.get([1])[0] == huge


def test_many_threads_get_the_same_posts_as_one(many: Documents) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: (many.ordinal(f"p{n}"), many.get([n])[0].id), range(500)))
    assert found == [(n, f"p{n}") for n in range(500)]
