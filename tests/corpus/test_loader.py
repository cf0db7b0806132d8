from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.corpus import Rejection, digest, load
from semsearch.errors import CorpusError, CorpusNotFound, CorpusUnreadable
from semsearch.posts import Post
from tests.builders import raw_post, write_corpus

PUT_POSTS = "put posts into a .jsonl file there, one JSON object per line"
FIX = "fix or remove it, or name another corpus"


def ids(corpus: Path) -> list[str]:
    return [record.id for record in load(corpus) if isinstance(record, Post)]


def rejections(corpus: Path) -> list[Rejection]:
    return [record for record in load(corpus) if isinstance(record, Rejection)]


def failure(corpus: Path) -> CorpusError:
    """The error that both reading the corpus and taking its digest raise."""
    with pytest.raises(CorpusError) as caught:
        list(load(corpus))
    with pytest.raises(type(caught.value)) as other:
        digest(corpus)
    assert str(other.value) == str(caught.value)
    return caught.value


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder with a corpus, without read permission."""
    folder = tmp_path / "locked"
    write_corpus(folder / "corpus", [raw_post("a")])
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
needs_proc = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file here that cannot be read")


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_files_of_a_folder_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("c"), raw_post("a")], "b.jsonl")
    write_corpus(tmp_path, [raw_post("b")], "a.jsonl")
    write_corpus(tmp_path, [raw_post("d")], "c 10.jsonl")

    assert ids(tmp_path) == ["b", "c", "a", "d"]


def test_one_file_is_a_corpus(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")], "a.jsonl")
    write_corpus(tmp_path, [raw_post("b")], "b.jsonl")

    assert ids(tmp_path / "b.jsonl") == ["b"]


def test_other_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")])
    for name in ("README.md", "posts.json", "posts.jsonl.bak", "jsonl", ".jsonl"):
        write_corpus(tmp_path, [raw_post(name)], name)
    write_corpus(tmp_path / "deeper.jsonl", [raw_post("b")])

    assert ids(tmp_path) == ["a"]


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    """For example lock files of editors (broken links), and metadata files of other systems."""
    write_corpus(tmp_path, [raw_post("a")])
    (tmp_path / ".#posts.jsonl").symlink_to("someone@somewhere.1234")
    (tmp_path / "._posts.jsonl").write_bytes(b"\x00\x05\x16\x07")

    assert list(load(tmp_path)) == [Post("a", "Title of a", "What a is about.")]


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    write_corpus(tmp_path / "elsewhere", [raw_post("a")], "posts.txt")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "posts.jsonl").symlink_to(tmp_path / "elsewhere" / "posts.txt")

    assert ids(tmp_path / "corpus") == ["a"]


def test_a_folder_may_have_the_name_of_a_file(tmp_path: Path) -> None:
    assert ids(write_corpus(tmp_path / "posts.jsonl", [raw_post("a")])) == ["a"]


# --- ids --------------------------------------------------------------------------------------------------------------


def test_duplicate_id_is_rejected_with_both_places(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a"), "{}", raw_post("b"), raw_post("a", title="Another")], "1.jsonl")
    write_corpus(tmp_path, [raw_post("b"), raw_post("c")], "2.jsonl")
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"

    assert ids(tmp_path) == ["a", "b", "c"]
    assert rejections(tmp_path) == [
        Rejection(first, 2, "title is missing or empty"),
        Rejection(first, 4, f"duplicate id 'a', first used at {first}:1", duplicate=True),
        Rejection(second, 1, f"duplicate id 'b', first used at {first}:3", duplicate=True),
    ]


def test_the_first_of_three_posts_with_one_id_is_kept(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a", title=title) for title in ("one", "two", "three")])

    assert [record.title for record in load(tmp_path) if isinstance(record, Post)] == ["one"]
    assert [str(record) for record in rejections(tmp_path)] == [
        f"{tmp_path}/posts.jsonl:{line}: duplicate id 'a', first used at {tmp_path}/posts.jsonl:1" for line in (2, 3)
    ]


@pytest.mark.parametrize("other", [" a", "a ", "\u00a0a"])
def test_ids_are_equal_after_cleaning(tmp_path: Path, other: str) -> None:
    write_corpus(tmp_path, [raw_post("a"), raw_post(other)])

    assert [record.duplicate for record in rejections(tmp_path)] == [True]


def test_ids_that_compose_to_one_are_equal(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("caf\u00e9"), raw_post("cafe\u0301")])

    assert [record.line for record in rejections(tmp_path)] == [2]


def test_ids_that_differ_in_case_are_two(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a"), raw_post("A"), raw_post("\uff41")])

    assert ids(tmp_path) == ["a", "A", "\uff41"]


def test_id_of_a_rejected_line_can_be_used(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a", title=""), raw_post("a")])

    assert ids(tmp_path) == ["a"]
    assert [record.duplicate for record in rejections(tmp_path)] == [False]


def test_posts_of_equal_text_are_two_posts(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a", title="T", teaser=""), raw_post("b", title="T", teaser="")])

    assert ids(tmp_path) == ["a", "b"]


@settings(deadline=None, max_examples=50)
@given(names=st.lists(st.lists(st.sampled_from("abcd\n"), max_size=6), min_size=1, max_size=3))
def test_every_line_is_a_post_or_a_rejection(tmp_path_factory: pytest.TempPathFactory, names: list[list[str]]) -> None:
    """Each id once, at its first place, and no line lost. ``\\n`` stands for an invalid line."""
    corpus = tmp_path_factory.mktemp("corpus")
    for number, file in enumerate(names):
        write_corpus(corpus, [raw_post(name) if name != "\n" else "{" for name in file], f"{number}.jsonl")
    lines = [name for file in names for name in file]
    records = list(load(corpus))

    assert len(records) == len(lines)
    assert [record.id for record in records if isinstance(record, Post)] == list(
        dict.fromkeys(name for name in lines if name != "\n")
    )
    for place, (name, record) in enumerate(zip(lines, records, strict=True)):
        if isinstance(record, Rejection):
            assert record.duplicate == (name != "\n")
            assert name == "\n" or name in lines[:place]


# --- how much was read, and what --------------------------------------------------------------------------------------


def test_share_read_rises_from_0_to_1(tmp_path: Path) -> None:
    for name, count in (("a", 0), ("b", 1_500), ("c", 0), ("d", 1_500), ("e", 0)):
        write_corpus(tmp_path, [raw_post(f"{name}{number}") for number in range(count)], f"{name}.jsonl")
    records = load(tmp_path)
    shares = [records.share_read, *(records.share_read for _ in records), records.share_read]

    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)
    assert len({share for share in shares if 0 < share < 1}) >= 3  # more often than once a file
    assert shares[1_500] == pytest.approx(0.5, abs=0.01)  # the last record of the first half


def test_share_read_of_an_empty_corpus_is_1(tmp_path: Path) -> None:
    records = load(write_corpus(tmp_path, []))

    assert (records.share_read, list(records), records.share_read) == (1, [], 1)


def test_share_read_of_a_growing_file_is_at_most_1(tmp_path: Path) -> None:
    records = load(write_corpus(tmp_path, [raw_post("a")]))
    write_corpus(tmp_path, [raw_post(name) for name in "abc"])

    assert [records.share_read for _ in records] == [1, 1, 1]


def read_digest(corpus: Path) -> str:
    records = load(corpus)
    list(records)
    return records.sha256


@settings(deadline=None, max_examples=50)
@given(contents=st.lists(st.lists(st.text(max_size=5), max_size=3), min_size=1, max_size=3))
def test_digest_equals_sha256_after_reading(
    tmp_path_factory: pytest.TempPathFactory, contents: list[list[str]]
) -> None:
    """Also with blank, rejected and unterminated lines."""
    corpus = tmp_path_factory.mktemp("corpus")
    for number, lines in enumerate(contents):
        (corpus / f"{number}.jsonl").write_bytes("\n".join(lines).encode())

    assert read_digest(corpus) == digest(corpus)


def test_digest_includes_skipped_lines(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a"), "x" * 20_000_000, raw_post("b")])

    assert read_digest(tmp_path) == digest(tmp_path)


def test_different_corpora_have_different_digests(tmp_path: Path) -> None:
    line = b'{"id": "a", "title": "A"}\n'
    corpora: list[dict[str, bytes]] = [
        {"a.jsonl": line},
        {"b.jsonl": line},
        {"a.jsonl": line + b"\n"},
        {"a.jsonl": line[:-1]},
        {"a.jsonl": line.replace(b"A", b"B")},
        {"a.jsonl": line, "b.jsonl": b""},
        {"a.jsonl": b"", "b.jsonl": line},
        {"a.jsonl": line, "b.jsonl": line},
        {"a.jsonl": line + line},
    ]
    digests = []
    for number, files in enumerate(corpora):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        digests.append(digest(folder))
        assert read_digest(folder) == digests[-1]

    assert len(set(digests)) == len(corpora)


def test_digest_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    one = write_corpus(tmp_path / "one", [raw_post("a")])
    other = write_corpus(tmp_path / "other", [raw_post("a")])
    before = digest(one)
    write_corpus(one, [raw_post("b")], "notes.txt")
    write_corpus(one, [raw_post("b")], ".hidden.jsonl")
    os.utime(one / "posts.jsonl", (0, 0))

    assert digest(one) == before == digest(other) == digest(other / "posts.jsonl")


def test_sha256_during_iteration_covers_the_files_read_so_far(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")], "a.jsonl")
    write_corpus(tmp_path, [raw_post("b")], "b.jsonl")
    records = load(tmp_path)
    next(records)
    next(records)

    assert records.sha256 == digest(tmp_path / "a.jsonl") != digest(tmp_path)


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_corpus_that_is_not_there_is_named_with_the_fix(tmp_path: Path) -> None:
    error = failure(tmp_path / "posts")

    assert isinstance(error, CorpusNotFound)
    assert error.path == tmp_path / "posts"
    assert str(error) == f"no corpus at {tmp_path}/posts: it does not exist; {PUT_POSTS}"


def test_a_folder_without_files_of_posts_is_named_with_the_fix(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")], "posts.json")
    (tmp_path / "posts.jsonl").mkdir()

    assert str(failure(tmp_path)) == f"no corpus at {tmp_path}: no file there ends in .jsonl; {PUT_POSTS}"


@pytest.mark.parametrize("name", ["posts.json", "posts", "posts.jsonl.gz"])
def test_a_file_of_another_kind_is_named_with_the_fix(tmp_path: Path, name: str) -> None:
    write_corpus(tmp_path, [raw_post("a")], name)

    assert (
        str(failure(tmp_path / name))
        == f"no corpus at {tmp_path}/{name}: a corpus file must end in .jsonl; {PUT_POSTS}"
    )


def test_curation_file_beside_the_posts_is_ignored(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")])
    before = digest(tmp_path)
    (tmp_path / "curation.yaml").write_text("hide: [a]\n", encoding="utf-8")
    (record,) = load(tmp_path)

    assert record == Post("a", "Title of a", "What a is about.")
    assert digest(tmp_path) == before  # so that a change of it is no reason to index anything again


def test_missing_corpus_is_an_error_before_iteration(tmp_path: Path) -> None:
    with pytest.raises(CorpusNotFound):
        load(tmp_path)  # nothing is asked of it yet


def test_broken_link_is_an_error(tmp_path: Path) -> None:
    """Ignoring it would silently omit its posts."""
    write_corpus(tmp_path, [raw_post("a")], "a.jsonl")
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "gone.jsonl")
    error = failure(tmp_path)

    assert isinstance(error, CorpusUnreadable)
    assert str(error) == f"cannot read {tmp_path}/b.jsonl: No such file or directory; {FIX}"


def test_a_file_that_goes_away_while_others_are_read_is_named(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")], "a.jsonl")
    write_corpus(tmp_path, [raw_post("b")], "b.jsonl")
    records = load(tmp_path)
    next(records)
    (tmp_path / "b.jsonl").unlink()

    with pytest.raises(CorpusUnreadable, match=r"b\.jsonl: No such file"):
        list(records)


def test_a_pipe_is_no_corpus(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "posts.jsonl")

    assert str(failure(tmp_path / "posts.jsonl")) == f"cannot read {tmp_path}/posts.jsonl: Not a directory; {FIX}"
    assert str(failure(tmp_path)) == f"no corpus at {tmp_path}: no file there ends in .jsonl; {PUT_POSTS}"


def test_too_long_path_is_a_corpus_error() -> None:
    assert str(failure(Path("x" * 5_000))).endswith(f": File name too long; {FIX}")
    assert isinstance(failure(Path("a\0b.jsonl")), CorpusNotFound)


@needs_proc
def test_a_file_that_fails_while_it_is_read_is_named(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")], "a.jsonl")
    (tmp_path / "b.jsonl").symlink_to("/proc/self/mem")  # opens, and gives an input/output error at its first byte
    records = load(tmp_path)
    assert next(records) == Post("a", "Title of a", "What a is about.")

    with pytest.raises(CorpusUnreadable) as caught:
        next(records)
    assert str(caught.value) == f"cannot read {tmp_path}/b.jsonl: Input/output error; {FIX}"
    assert caught.value.path == tmp_path / "b.jsonl"
    assert str(failure(tmp_path)) == str(caught.value)


@not_as_root
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    write_corpus(tmp_path, [raw_post("a")])
    (tmp_path / "posts.jsonl").chmod(0)

    assert str(failure(tmp_path)) == f"cannot read {tmp_path}/posts.jsonl: Permission denied; {FIX}"


@not_as_root
def test_a_folder_that_may_not_be_read_is_named(locked: Path) -> None:
    for corpus in (locked, locked / "corpus", locked / "corpus" / "posts.jsonl"):
        assert str(failure(corpus)) == f"cannot read {corpus}: Permission denied; {FIX}"
