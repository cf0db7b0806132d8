from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.edited.reading import MAX_BYTES
from semsearch.errors import CurationError
from semsearch.search import Searcher, curation
from semsearch.search.curation import (
    NO_CURATION,
    NOTHING_CURATED,
    Curated,
    Curation,
    CurationFile,
    normalized,
    read_curation,
)

PRICING = """\
queries:
  - query: pricing
    pin: [plans, "2024"]
    hide: [old-plans]
  - query: [how much, "What does it cost?"]
    pin:
      - plans
hide: [imprint]
"""

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the file anew, so that it is another one for whoever looks."""

    def write_file(content: str | bytes) -> Path:
        file, new = tmp_path / "curation.yaml", tmp_path / "new"
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        return new.replace(file)

    return write_file


# --- what holds -------------------------------------------------------------------------------------------------------


def test_a_query_has_its_pins_in_order_and_hides_its_own_posts_and_those_hidden_everywhere(write: Write) -> None:
    curation = read_curation(write(PRICING))
    assert curation.for_query("pricing") == Curated(("plans", "2024"), frozenset({"old-plans", "imprint"}))
    assert curation.for_query("how much") == Curated(("plans",), frozenset({"imprint"}))
    assert curation.for_query("what does it cost") == curation.for_query("how much")


def test_only_a_whole_query_is_meant(write: Write) -> None:
    curation = read_curation(write(PRICING))
    for other in ("pricing plans", "price", "much", ""):
        assert curation.for_query(other) == Curated((), frozenset({"imprint"}))


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "queries:\n", "queries: []\nhide:\n", "---\n", "{}"])
def test_an_empty_file_curates_nothing(write: Write, content: str) -> None:
    assert read_curation(write(content)).for_query("pricing") == NOTHING_CURATED


def test_a_file_that_is_not_there_curates_nothing(tmp_path: Path) -> None:
    assert read_curation(tmp_path / "curation.yaml") is NO_CURATION
    assert NO_CURATION.for_query("pricing") == NOTHING_CURATED


def test_a_post_that_is_named_twice_counts_once_and_ids_are_as_posts_have_them(write: Write) -> None:
    curation = read_curation(write("\ufeffqueries: [{query: a, pin: [b, ' cafe\u0301 ', b, café, B]}]"))
    assert curation.for_query("a").pinned == ("b", "café", "B")


# --- queries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pricing", "pRICING"),
        ("  how\tmuch\n is it ", "how much is it"),
        ("Café", "cafe"),
        ("CAFE\u0301!", "café"),
        ("STRASSE", "straße"),
        ("¿Cuánto?", "cuanto"),
        ("«prix»", "prix"),
        ('"pricing"', "pricing"),
        ("\uff50\uff52\uff49\uff43\uff49\uff4e\uff47", "pricing"),
        ("price…", "price"),
        ("価格\uff1f", "価格"),
        ("what's new?", "What's new"),
    ],
)
def test_case_accents_white_space_and_punctuation_at_the_ends_make_no_other_query(one: str, other: str) -> None:
    assert normalized(one) == normalized(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("C", "C++"), ("C", "C#"), ("net", ".NET"), ("a.b", "ab"), ("ハス", "バス"), ("мой", "мои"), ("?", "!")],
)
def test_a_sign_that_makes_another_word_makes_another_query(one: str, other: str) -> None:
    assert normalized(one) != normalized(other)


@given(st.text())
def test_a_normalized_query_stays_as_it_is(q: str) -> None:
    assert normalized(normalized(q)) == normalized(q)


# --- what is wrong with a file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pricing", "the file: no keys are there; write queries: …, hide: …"),
        ("[a, b]", "the file: no keys are there; write queries: …, hide: …"),
        ("querys: []", "the file: the key 'querys' is not known; did you mean 'queries'?"),
        ("12: []", "the file: the key 12 is not known; there are queries, hide"),
        ("queries: pricing", "queries: this is not a list; write one, as in [one, other]"),
        ("queries: [pricing]", "queries, entry 1: no keys are there; write query: …, pin: …, hide: …"),
        ("queries: [{query: a}, {query: b, pins: [x]}]", "entry 2: the key 'pins' is not known; did you mean 'pin'?"),
        ("queries: [{query: a, pin: x}]", "queries, entry 1: pin: this is not a list; write one, as in [one, other]"),
        ("queries: [{query: a, pin: [2024]}]", "entry 1: pin: 2024 is not an id; write it between quotation marks"),
        ("queries: [{query: a, hide: [yes]}]", "entry 1: hide: True is not an id; write it between quotation marks"),
        ("hide: [2024-01-01]", "hide: datetime.date(2024, 1, 1) is not an id; write it between quotation marks"),
        ("hide: ['']", "hide: '' is not an id"),
        ("queries: [{query: a, pin: [[x]]}]", "['x'] is not an id"),
        ("queries: [{pin: [x]}]", "queries, entry 1: query is None; write a text, between quotation marks"),
        ("queries: [{query: 404}]", "queries, entry 1: query is 404; write a text, between quotation marks"),
        ("queries: [{query: [a, 404]}]", "queries, entry 1: query is 404; write a text, between quotation marks"),
        ("queries: [{query: ' '}]", "queries, entry 1: query is empty; write what visitors type"),
        ("queries: [{query: []}]", "queries, entry 1: query is empty; write what visitors type"),
        ("queries: [{query: a}, {query: [b, A!]}]", "entry 2: 'A!' is there already; put both into one entry"),
        ("queries: [{query: [a, A]}]", "entry 1: 'A' is there already"),
        ("queries: [{query: a, pin: [x, y], hide: [y]}]", "entry 1: 'y' is pinned and hidden; leave one out"),
        ("hide: [x]\nqueries: [{query: a, pin: [x]}]", "entry 1: 'x' is pinned and hidden; leave one out"),
        ("hide: [a]\n\nhide: [b]", "line 3: 'hide' is there twice; leave one out"),
        ("queries:\n- query: a\n  pin: [x]\n  pin: [y]", "line 4: 'pin' is there twice; leave one out"),
        ("hide: &all [a]\nqueries: [{query: b, hide: *all}]", "line 2: no aliases (*name) here; write it out"),
        ("? [a]\n: b", "it is not YAML"),
        ("hide: [a", "line 1, column"),
        ("a: b: c", "line 1, column"),
        ("hide: [a]\n---\nhide: [b]", "it is not YAML"),
        ("hide: [2024-13-45]", "it is not YAML"),
        ("hide: !!python/object/apply:os.getcwd []", "line 1, column"),
        ("\thide: [a]", "line 1, column"),
        ("hide: ['\x00']", "it is not YAML"),
        ("[" * 100_000, "it is not YAML"),
        (b"hide: [a]\nqueries: [{query: caf\xe9}]", "line 2 is not UTF-8; save the file in it"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place_and_the_fix(
    write: Write, content: str | bytes, message: str
) -> None:
    file = write(content)
    with pytest.raises(CurationError) as caught:
        read_curation(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (caught.value.file, message in caught.value.reason) == (file, True)


def test_a_file_that_multiplies_is_refused_before_it_does(write: Write) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    with pytest.raises(CurationError, match=r"line 2: no aliases"):
        read_curation(write(bomb))


def test_a_file_too_long_to_be_an_editors_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(CurationError, match="more than 10,000,000 bytes"):
        read_curation(file)


def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # which would be waited for
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(CurationError, match="it is not a file; put a YAML file there"):
            read_curation(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_file_that_may_not_be_read_is_refused(write: Write) -> None:
    file = write(PRICING)
    file.chmod(0)
    with pytest.raises(CurationError, match="it cannot be read: Permission denied; let this user read it"):
        read_curation(file)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_no_value_in_the_place_of_ids_gets_through_that_is_not_text(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    import yaml  # noqa: PLC0415

    file = tmp_path_factory.getbasetemp() / "hypothesis.yaml"
    file.write_text(yaml.safe_dump({"hide": value}), encoding="utf-8")
    try:
        hidden = read_curation(file).for_query("a").hidden
    except CurationError:
        assert value is not None
        assert not (isinstance(value, list) and all(isinstance(one, str) and one.isalnum() for one in value))
    else:
        assert value is None or isinstance(value, list)
        assert all(isinstance(one, str) and one for one in hidden)


# --- while it is in use -----------------------------------------------------------------------------------------------


def pins(curation: CurationFile) -> tuple[str, ...]:
    return curation.current().for_query("a").pinned


def entry(pin: str) -> str:
    return f"queries: [{{query: a, pin: [{pin}]}}]"


def test_a_file_is_read_again_when_it_changed_and_only_then(write: Write) -> None:
    curation = CurationFile(write(entry("one")))
    first = curation.current()
    assert pins(curation) == ("one",)
    assert curation.current() is first
    write(entry("two"))
    assert pins(curation) == ("two",)
    assert curation.current() is not first


def test_a_file_may_come_and_go(write: Write, tmp_path: Path) -> None:
    curation = CurationFile(tmp_path / "curation.yaml")
    assert pins(curation) == ()
    file = write(entry("one"))
    assert pins(curation) == ("one",)
    file.unlink()
    assert pins(curation) == ()


def test_a_change_of_the_same_length_within_one_tick_of_the_clock_is_seen(write: Write) -> None:
    file = write(entry("one"))
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    curation = CurationFile(file)
    os.utime(write(entry("two")), ns=times)
    assert pins(curation) == ("two",)


def test_what_a_file_said_holds_while_it_is_wrong_and_the_log_says_so_once_a_change(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    curation = CurationFile(write(entry("one")))
    for wrong in ("hide: [1]", "hide: {"):
        file = write(wrong)
        assert [pins(curation) for _ in range(3)] == [("one",)] * 3
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert f"{file}: " in caplog.text
    assert "what it said before holds" in caplog.text
    write(entry("two"))
    assert pins(curation) == ("two",)


def test_a_file_that_is_wrong_from_the_start_is_an_error(write: Write) -> None:
    with pytest.raises(CurationError):
        CurationFile(write("hide: [1]"))


@pytest.mark.parametrize("q", ["opening hours", "C++ # or: not", "{a: b}", "“yes”", "2024-01-01", "null"])
def test_an_entry_is_read_as_it_was_meant(q: str, tmp_path: Path) -> None:
    meant = Curated(("b", "a", "1"), frozenset({"null", "x: y"}))
    file = tmp_path / "curation.yaml"
    file.write_text(f"queries:\n{curation.entry(q, meant)}", encoding="utf-8")
    assert read_curation(file).own(q) == meant


def test_another_curation_can_be_tried_and_changes_nothing(demo: Searcher) -> None:
    usual = demo.search("language models")
    tried = Curation().having("Language models?", Curated(("vpt",), frozenset({usual.hits[0].id})))
    found = demo.with_curation(tried).search("language models").hits
    assert (found[0].id, found[0].pinned) == ("vpt", True)
    assert usual.hits[0].id not in {hit.id for hit in found}
    assert demo.search("language models").hits == usual.hits
    assert tried.current() is tried
    assert tried.held != Curation().held
