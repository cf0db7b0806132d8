from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.edited.yaml_files import MAX_BYTES
from semsearch.errors import CurationError
from semsearch.search import Searcher, curation
from semsearch.search.curation import (
    EMPTY_QUERY_CURATION,
    NO_CURATION,
    Curation,
    CurationFile,
    QueryCuration,
    normalize_query,
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
    """A function that replaces the file, so that its state differs."""

    def write_file(content: str | bytes) -> Path:
        file, new = tmp_path / "curation.yaml", tmp_path / "new"
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        return new.replace(file)

    return write_file


# --- what holds -------------------------------------------------------------------------------------------------------


def test_query_has_its_pins_in_order_and_hides_its_own_and_global_posts(write: Write) -> None:
    curation = read_curation(write(PRICING))
    assert curation.for_query("pricing") == QueryCuration(("plans", "2024"), frozenset({"old-plans", "imprint"}))
    assert curation.for_query("how much") == QueryCuration(("plans",), frozenset({"imprint"}))
    assert curation.for_query("what does it cost") == curation.for_query("how much")


def test_entry_applies_to_the_whole_query_only(write: Write) -> None:
    curation = read_curation(write(PRICING))
    for other in ("pricing plans", "price", "much", ""):
        assert curation.for_query(other) == QueryCuration((), frozenset({"imprint"}))


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "queries:\n", "queries: []\nhide:\n", "---\n", "{}"])
def test_empty_file_is_an_empty_curation(write: Write, content: str) -> None:
    assert read_curation(write(content)).for_query("pricing") == EMPTY_QUERY_CURATION


def test_missing_file_is_an_empty_curation(tmp_path: Path) -> None:
    assert read_curation(tmp_path / "curation.yaml") is NO_CURATION
    assert NO_CURATION.for_query("pricing") == EMPTY_QUERY_CURATION


def test_repeated_ids_count_once_and_ids_are_cleaned_like_those_of_posts(write: Write) -> None:
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
def test_case_accents_white_space_and_outer_punctuation_are_ignored(one: str, other: str) -> None:
    assert normalize_query(one) == normalize_query(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("C", "C++"), ("C", "C#"), ("net", ".NET"), ("a.b", "ab"), ("ハス", "バス"), ("мой", "мои"), ("?", "!")],
)
def test_significant_signs_are_kept(one: str, other: str) -> None:
    assert normalize_query(one) != normalize_query(other)


@given(st.text())
def test_normalization_is_idempotent(q: str) -> None:
    assert normalize_query(normalize_query(q)) == normalize_query(q)


# --- what is wrong with a file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pricing", "the file: it is not a mapping; write queries: …, hide: …"),
        ("[a, b]", "the file: it is not a mapping; write queries: …, hide: …"),
        ("querys: []", "the file: the key 'querys' is not known; did you mean 'queries'?"),
        ("12: []", "the file: the key 12 is not known; known are queries, hide"),
        ("queries: pricing", "queries: this is not a list; write one, as in [first, second]"),
        ("queries: [pricing]", "queries, entry 1: it is not a mapping; write query: …, pin: …, hide: …"),
        ("queries: [{query: a}, {query: b, pins: [x]}]", "entry 2: the key 'pins' is not known; did you mean 'pin'?"),
        (
            "queries: [{query: a, pin: x}]",
            "queries, entry 1: pin: this is not a list; write one, as in [first, second]",
        ),
        ("queries: [{query: a, pin: [2024]}]", "entry 1: pin: 2024 is not an id; write it between quotation marks"),
        ("queries: [{query: a, hide: [yes]}]", "entry 1: hide: True is not an id; write it between quotation marks"),
        ("hide: [2024-01-01]", "hide: datetime.date(2024, 1, 1) is not an id; write it between quotation marks"),
        ("hide: ['']", "hide: '' is not an id"),
        ("queries: [{query: a, pin: [[x]]}]", "['x'] is not an id"),
        ("queries: [{pin: [x]}]", "queries, entry 1: query is None, not text; put it in quotation marks"),
        ("queries: [{query: 404}]", "queries, entry 1: query is 404, not text; put it in quotation marks"),
        ("queries: [{query: [a, 404]}]", "queries, entry 1: query is 404, not text; put it in quotation marks"),
        ("queries: [{query: ' '}]", "queries, entry 1: query is empty; write what visitors type"),
        ("queries: [{query: []}]", "queries, entry 1: query is empty; write what visitors type"),
        ("queries: [{query: a}, {query: [b, A!]}]", "entry 2: 'A!' already has an entry; merge the two entries"),
        ("queries: [{query: [a, A]}]", "entry 1: 'A' already has an entry"),
        (
            "queries: [{query: a, pin: [x, y], hide: [y]}]",
            "entry 1: 'y' is both pinned and hidden; remove one of the two",
        ),
        ("hide: [x]\nqueries: [{query: a, pin: [x]}]", "entry 1: 'x' is both pinned and hidden; remove one of the two"),
        ("hide: [a]\n\nhide: [b]", "line 3: duplicate key 'hide'; remove one"),
        ("queries:\n- query: a\n  pin: [x]\n  pin: [y]", "line 4: duplicate key 'pin'; remove one"),
        (
            "hide: &all [a]\nqueries: [{query: b, hide: *all}]",
            "line 2: aliases (*name) are not allowed; repeat the value",
        ),
        ("? [a]\n: b", "it is not YAML"),
        ("hide: [a", "line 1, column"),
        ("a: b: c", "line 1, column"),
        ("hide: [a]\n---\nhide: [b]", "it is not YAML"),
        ("hide: [2024-13-45]", "it is not YAML"),
        ("hide: !!python/object/apply:os.getcwd []", "line 1, column"),
        ("\thide: [a]", "line 1, column"),
        ("hide: ['\x00']", "it is not YAML"),
        ("[" * 100_000, "it is not YAML"),
        (b"hide: [a]\nqueries: [{query: caf\xe9}]", "line 2 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_invalid_file_is_refused_with_place_and_fix(write: Write, content: str | bytes, message: str) -> None:
    file = write(content)
    with pytest.raises(CurationError) as caught:
        read_curation(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (caught.value.file, message in caught.value.reason) == (file, True)


def test_exponential_alias_expansion_is_refused(write: Write) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    with pytest.raises(CurationError, match=r"line 2: aliases"):
        read_curation(write(bomb))


def test_too_large_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(CurationError, match="larger than 10,000,000 bytes"):
        read_curation(file)


def test_folder_and_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # which would be waited for
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(CurationError, match="it is not a file; put a YAML file there"):
            read_curation(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_file_without_read_permission_is_refused(write: Write) -> None:
    file = write(PRICING)
    file.chmod(0)
    with pytest.raises(
        CurationError, match="it cannot be read: Permission denied; give this user permission to read it"
    ):
        read_curation(file)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_ids_that_are_not_text_are_refused(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
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


# --- words, redirects and dates ---------------------------------------------------------------------------------------

RULES = """\
queries:
  - query: sale
    pin:
      - winter
      - {id: summer, from: 2026-06-01, until: 2026-08-31}
      - {id: autumn, from: "2026-09-01"}
synonyms:
  - [car, automobile, motor car]
  - {from: js, to: [javascript, ecmascript]}
corrections:
  always: {k8s: kubernetes}
  never: [mastodon]
redirects:
  - {query: [contact, Imprint], to: https://example.org/contact}
"""


def test_synonyms_hold_both_ways_or_one_way(write: Write) -> None:
    synonyms = read_curation(write(RULES)).word_rules.synonyms
    assert synonyms == {
        "car": ("automobile", "motor car"),
        "automobile": ("car", "motor car"),
        "motor car": ("car", "automobile"),
        "js": ("javascript", "ecmascript"),
    }


def test_corrections_are_read(write: Write) -> None:
    rules = read_curation(write(RULES)).word_rules
    assert (rules.always, rules.never) == ({"k8s": "kubernetes"}, frozenset({"mastodon"}))


def test_a_query_leads_to_an_address(write: Write) -> None:
    curation = read_curation(write(RULES))
    assert curation.redirect("Contact!") == curation.redirect("imprint") == "https://example.org/contact"
    assert curation.redirect("contact us") is None


@pytest.mark.parametrize(
    ("day", "pinned"),
    [
        ("2026-05-31", ("winter",)),
        ("2026-06-01", ("winter", "summer")),
        ("2026-08-31", ("winter", "summer")),
        ("2026-09-01", ("winter", "autumn")),
    ],
)
def test_a_pin_with_days_holds_on_these_days(write: Write, day: str, pinned: tuple[str, ...]) -> None:
    curation = read_curation(write(RULES))
    assert curation.for_query("sale", dt.date.fromisoformat(day)).pinned == pinned
    assert curation.depends_on_day


def test_the_yaml_entry_of_a_dated_pin_round_trips(write: Write) -> None:
    entry = read_curation(write(RULES)).for_query_only("sale")
    assert read_curation(write(f"queries:\n{curation.yaml_entry('sale', entry)}")).for_query_only("sale") == entry


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "synonyms:\n- [car, automobile]\n- [bike]",
            "line 3, synonyms, entry 2: it has no synonyms; write at least two",
        ),
        ("synonyms: [[car, Car]]", "line 1, synonyms, entry 1: it has no synonyms"),
        ("synonyms: [car]", "synonyms, entry 1: it has no synonyms"),
        ("synonyms: [[car, 2]]", "synonyms, entry 1: 2 is not text; put it in quotation marks"),
        ("synonyms: [[car, '…']]", "'…' is not a word or phrase"),
        ("synonyms:\n- from: js", "line 2, synonyms, entry 1: to: is empty"),
        ("synonyms: [{form: js, to: b}]", "the key 'form' is not known; did you mean 'from'?"),
        ("corrections: [a]", "line 1, corrections: it is not a mapping; write always: …, never: …"),
        ("corrections:\n  always: [a]", "line 2, corrections: always: it is not a mapping"),
        ("corrections:\n  always:\n    a: b\n    c:", "line 4, corrections: always: c: None is not text"),
        ("corrections: {never: mastodon}", "corrections: never: this is not a list"),
        ("corrections: {always: {a: b}, never: [A]}", "corrections: never: 'A' is also corrected always"),
        ("redirects: [{query: a, to: /contact}]", "to: '/contact' is not an http or https address; write the whole"),
        ("redirects: [{query: a, to: 'javascript:alert(1)'}]", "is not an http or https address"),
        ("redirects: [{query: a}]", "to: None is not an http or https address"),
        ("redirects: [{to: 'https://a.example'}]", "redirects, entry 1: query is None"),
        (
            "redirects:\n- {query: a, to: 'https://a.example'}\n- {query: A, to: 'https://b.example'}",
            "line 3, redirects, entry 2: 'A' already has an entry",
        ),
        ("queries: [{query: a, pin: [{id: x, from: soon}]}]", "pin, entry 1: from: 'soon' is not a day; write one"),
        ("queries: [{query: a, pin: [{id: x, until: 2026-01-01 10:00:00}]}]", "is not a day"),
        (
            "queries: [{query: a, pin: [{id: x, from: 2026-02-01, until: 2026-01-01}]}]",
            "from is a later day than until",
        ),
        ("queries: [{query: a, pin: [{from: 2026-02-01}]}]", "None is not an id"),
    ],
)
def test_an_invalid_rule_is_refused_with_line_and_fix(write: Write, content: str, message: str) -> None:
    with pytest.raises(CurationError) as caught:
        read_curation(write(content))
    assert message in str(caught.value)


def test_one_message_lists_every_mistake_with_its_line(write: Write) -> None:
    with pytest.raises(CurationError) as caught:
        read_curation(write("hide: [1]\nqueries:\n- query: a\n  pins: [b]\n- query: b\nredirects: [{query: c}]"))
    assert [part.split(",")[0] for part in caught.value.reason.split(" | ")] == ["line 1", "line 4", "line 6"]
    with pytest.raises(CurationError, match="and 3 more mistakes"):
        read_curation(write("queries: [1, 2, 3, 4, 5, 6, 7, 8]"))


def test_the_answer_says_what_was_applied(demo: Searcher, write: Write) -> None:
    usual = demo.search("language models")
    rules = f"queries: [{{query: language models, pin: [vpt], hide: [{usual.hits[0].id}]}}]\n"
    rules += "redirects: [{query: Language models, to: 'https://example.org/'}]\n"
    rules += "synonyms: [[models, networks]]\ncorrections: {always: {langage: language}}"
    curated = demo.with_curation(read_curation(write(rules)))
    applied = curated.search("language models")
    assert applied.curated == ("pins", "hidden", "synonyms", "redirect")
    assert (applied.redirect, applied.synonyms) == ("https://example.org/", {"models": ("networks",)})
    assert curated.search("langage").curated == ("corrections",)
    assert curated.search("langage").corrections == {"langage": "language"}
    assert (usual.curated, usual.redirect, usual.synonyms) == ((), None, {})
    outside = curated.search("language models", date_from="3000-01-01")
    assert outside.curated == ("synonyms", "redirect"), "neither pin nor hidden post is in the filter"


# --- while it is in use -----------------------------------------------------------------------------------------------


def pins(curation: CurationFile) -> tuple[str, ...]:
    return curation.current().for_query("a").pinned


def entry(pin: str) -> str:
    return f"queries: [{{query: a, pin: [{pin}]}}]"


def test_file_is_read_again_only_when_it_changed(write: Write) -> None:
    curation = CurationFile(write(entry("one")))
    first = curation.current()
    assert pins(curation) == ("one",)
    assert curation.current() is first
    write(entry("two"))
    assert pins(curation) == ("two",)
    assert curation.current() is not first


def test_file_may_be_created_and_removed(write: Write, tmp_path: Path) -> None:
    curation = CurationFile(tmp_path / "curation.yaml")
    assert pins(curation) == ()
    file = write(entry("one"))
    assert pins(curation) == ("one",)
    file.unlink()
    assert pins(curation) == ()


def test_change_of_equal_length_and_mtime_is_noticed(write: Write) -> None:
    file = write(entry("one"))
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    curation = CurationFile(file)
    os.utime(write(entry("two")), ns=times)
    assert pins(curation) == ("two",)


def test_last_valid_content_stays_in_use_and_each_invalid_change_is_logged_once(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    curation = CurationFile(write(entry("one")))
    for wrong in ("hide: [1]", "hide: {"):
        file = write(wrong)
        assert [pins(curation) for _ in range(3)] == [("one",)] * 3
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert f"{file}: " in caplog.text
    assert "the previous content stays in use" in caplog.text
    write(entry("two"))
    assert pins(curation) == ("two",)


def test_file_that_is_invalid_at_first_is_an_error(write: Write) -> None:
    with pytest.raises(CurationError):
        CurationFile(write("hide: [1]"))


@pytest.mark.parametrize("q", ["opening hours", "C++ # or: not", "{a: b}", "“yes”", "2024-01-01", "null"])
def test_yaml_entry_round_trips(q: str, tmp_path: Path) -> None:
    meant = QueryCuration(("b", "a", "1"), frozenset({"null", "x: y"}))
    file = tmp_path / "curation.yaml"
    file.write_text(f"queries:\n{curation.yaml_entry(q, meant)}", encoding="utf-8")
    assert read_curation(file).for_query_only(q) == meant


def test_with_curation_leaves_the_searcher_unchanged(demo: Searcher) -> None:
    usual = demo.search("language models")
    tried = Curation().with_query("Language models?", QueryCuration(("vpt",), frozenset({usual.hits[0].id})))
    found = demo.with_curation(tried).search("language models").hits
    assert (found[0].id, found[0].pinned) == ("vpt", True)
    assert usual.hits[0].id not in {hit.id for hit in found}
    assert demo.search("language models").hits == usual.hits
    assert tried.current() is tried
    assert tried.fingerprint != Curation().fingerprint
