from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Note, Severity
from semsearch.ingest.files import open_files
from semsearch.ingest.parsing import xml_stream
from semsearch.ingest.parsing.xml_mending import MAX_TEXT_BYTES, MAX_TOLD, Mender
from semsearch.ingest.parsing.xml_stream import XmlFile, child, text_of

CHANNEL = '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{}</channel></rss>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feed.xml"


def read(file: Path, content: str | bytes, *names: str) -> tuple[list[str], list[Note]]:
    """The texts of the elements of these names (default: item), and the notes."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    xml = XmlFile(open_files(file), file.name)
    return [text_of(element) for element in xml.elements(*(names or ("item",)))], list(xml.notes())


def told(notes: list[Note]) -> list[str]:
    return [f"{note.place}: {note.reason}" for note in notes]


def test_yields_elements_of_the_names_in_order(file: Path) -> None:
    content = CHANNEL.format("<title>T</title><item><title>a</title></item><other>x</other><item>b</item>")
    assert read(file, content, "title", "item") == (["T", "a", "b"], [])


@pytest.mark.parametrize(
    "namespace", ["http://purl.org/rss/1.0/modules/content/", "https://example.org/modules/content"]
)
def test_a_namespace_is_known_by_its_end(file: Path, namespace: str) -> None:
    content = f'<rss xmlns:c="{namespace}"><item><c:encoded>body</c:encoded></item></rss>'
    assert read(file, content, "content:encoded")[0] == ["body"]


def test_an_undeclared_prefix_counts_as_the_usual_one(file: Path) -> None:
    assert read(file, "<rss><item><content:encoded>body</content:encoded></item></rss>", "content:encoded") == (
        ["body"],
        [],
    )


@pytest.mark.parametrize(
    ("written", "read_as", "reason"),
    [
        ("Q&A, R & D", "Q&A, R & D", "bare &"),
        ("&unknown; word", "&unknown; word", "bare &"),
        ("1 < 2", "1 < 2", "bare <"),
        ("a\x00b\x0bc", "abc", "control character"),
        ("a&#x1;b&#0;c", "abc", "control character"),
        ("x ]]> y", "x ]]> y", "bare ]]>"),
        ("<![CDATA[x ]]> y]]>", "x ]]> y", "bare ]]>"),
        ("<![CDATA[a //<![CDATA[ b //]]> c]]>", "a //<![CDATA[ b //]]> c", "bare ]]>"),
    ],
)
def test_what_stops_a_strict_parser_is_mended_and_told_with_its_line(
    file: Path, written: str, read_as: str, reason: str
) -> None:
    texts, notes = read(file, CHANNEL.format(f"\n\n<item>{written}</item><item>next</item>"))
    assert texts == [read_as, "next"]
    assert set(told(notes)) == {f"feed.xml:3: {reason}"}
    assert {note.severity for note in notes} == {Severity.WARNING}


def test_valid_xml_is_not_changed(file: Path) -> None:
    content = CHANNEL.format(
        "<item>&lt;p&gt; &amp;amp; &#233;&#x1F600; <![CDATA[& < &nbsp; &lt;]]><![CDATA[ more]]></item>"
        "<item><![CDATA[a]]> and <![CDATA[b]]></item>"
    )
    assert read(file, content) == (["<p> &amp; é😀 & < &nbsp; &lt; more", "a and b"], [])


def test_a_section_that_was_split_to_hold_its_own_end_is_joined(file: Path) -> None:
    assert read(file, CHANNEL.format("<item><![CDATA[a ]]]]><![CDATA[> b]]></item>")) == (["a ]]> b"], [])


def test_named_entities_of_html_become_characters(file: Path) -> None:
    assert read(file, CHANNEL.format("<item>caf&eacute;&nbsp;&mdash; &AMP;</item>")) == (["café\xa0— &"], [])


def test_only_the_first_of_many_problems_are_told_one_by_one(file: Path) -> None:
    _, notes = read(file, CHANNEL.format("<item>" + "a & b\n" * 30 + "</item>"))
    assert len(notes) == MAX_TOLD + 1
    assert notes[-1].detail == "20 more in this file"


def test_a_file_cut_off_keeps_what_was_whole_and_tells_where_the_rest_began(file: Path) -> None:
    whole = CHANNEL.format("<item>a</item>\n<item>b</item>\n<item><title>c</title>lost</item>")
    texts, notes = read(file, whole[: whole.index("lost") + 2])
    assert texts == ["a", "b"]
    assert [(str(note.place), note.severity, note.reason) for note in notes] == [
        ("feed.xml:3", Severity.BROKEN, "cut off")
    ]


def test_a_file_cut_off_within_cdata_does_not_yield_the_half_element(file: Path) -> None:
    texts, notes = read(file, "<rss><item>a</item><item><![CDATA[half")
    assert texts == ["a"]
    assert told(notes) == ["feed.xml:1: cut off"]


def test_an_element_that_was_not_closed_costs_no_other(file: Path) -> None:
    texts, _ = read(file, "<rss><channel><item><t>a</item><item><t>b</t></item><item><t>c</t></item></channel></rss>")
    assert sorted(texts) == ["a", "b", "c"]


def test_what_a_program_printed_before_the_xml_is_skipped(file: Path) -> None:
    texts, notes = read(file, '<br />\n<b>Notice</b>: x\n<?xml version="1.0"?>' + CHANNEL.format("<item>a</item>"))
    assert texts == ["a"]
    assert [note.reason for note in notes] == ["text before the XML"]


def test_a_declaration_quoted_in_a_text_is_no_beginning(file: Path) -> None:
    assert read(file, "<rss><item><![CDATA[<?xml version='1.0'?>]]></item></rss>")[0] == ["<?xml version='1.0'?>"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "cp1251"])
def test_reads_the_encoding_that_the_file_has(file: Path, encoding: str) -> None:
    word = "ж" if encoding == "cp1251" else "é"
    declaration = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    assert read(file, (declaration + CHANNEL.format(f"<item>{word}</item>")).encode(encoding)) == ([word], [])


def test_bytes_that_are_not_utf8_are_read_as_windows_1252_and_told(file: Path) -> None:
    texts, notes = read(file, CHANNEL.format("\n<item>caf?</item>").encode().replace(b"?", b"\xe9"))
    assert texts == ["café"]
    assert told(notes) == ["feed.xml:2: not UTF-8"]


@pytest.mark.parametrize("content", ["", "no markup at all", "{}", "<"])
def test_what_is_no_xml_is_unreadable(file: Path, content: str) -> None:
    with pytest.raises(SourceUnreadable, match="no XML"):
        read(file, content)


def test_lines_above_65535_are_told_as_they_are(file: Path) -> None:
    _, notes = read(file, CHANNEL.format("\n" * 70_000 + "<item>a & b</item>"))
    assert told(notes) == ["feed.xml:70001: bare &"]


def test_entities_of_the_document_are_not_expanded(file: Path) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    texts, notes = read(file, f"<!DOCTYPE rss [{entities}]>" + CHANNEL.format("<item>&a11;</item>"))
    assert texts == ["&a11;"]
    assert [note.reason for note in notes] == ["declared entities", "bare &"]


@pytest.mark.parametrize("system", ["file:///etc/hostname", "http://127.0.0.1:9/x"])
def test_nothing_outside_of_the_file_is_read(file: Path, system: str) -> None:
    content = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{system}">]>' + CHANNEL.format("<item>&x;</item>")
    assert read(file, content)[0] == ["&x;"]


def _hostile() -> Iterator[tuple[str, str]]:
    start = "<rss><channel><item>"
    size = 600_000  # more than one chunk
    yield "tags", start + "<a/>" * (size // 4)
    yield "tags between items", "<rss><channel>" + "<a/>" * (size // 4)
    yield "depth", start + "<a>" * (size // 3)
    yield "attributes", start[:-1] + "".join(f' a{n}=""' for n in range(60_000))
    yield "ampersands", start + "&" * size
    yield "empty sections", start + "<![CDATA[]]>" * (size // 5)
    yield "ends of sections", start + "<![CDATA[" + "]]>" * (size // 3)


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in _hostile()])
def test_an_element_of_too_many_parts_is_unreadable(file: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MAX_ELEMENT_PIECES", 20_000)
    with pytest.raises(SourceUnreadable, match="20,000"):
        read(file, content)


@pytest.mark.parametrize("start", ["<item>", "<item a='", "<!--", "<item><![CDATA[", "<!DOCTYPE x [", "<item "])
def test_an_element_that_is_too_large_is_unreadable(file: Path, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MAX_ELEMENT_CHARACTERS", 3_000_000)
    with pytest.raises(SourceUnreadable, match="one element"):
        read(file, f"<rss>{start}" + "abc " * 1_000_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_of_many_items_that_are_too_short_for_posts_is_refused(file: Path, encoding: str) -> None:
    content = CHANNEL.format("<item><title>a</title></item>" * 40_000)
    with pytest.raises(SourceUnreadable, match=r"items and more, of 29 characters on average; these are no posts"):
        read(file, content.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_of_too_many_items_is_refused(file: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MAX_ITEMS", 12_000)
    content = CHANNEL.format(f"<item><title>{'a' * 60}</title></item>" * 13_000)
    with pytest.raises(SourceUnreadable, match="more than 12,000 items; split it"):
        read(file, content.encode(encoding))


def test_a_feed_of_many_links_is_read(file: Path) -> None:
    item = f"<item><title>{'a' * 20}</title><link>https://example.org/a</link></item>"
    assert len(read(file, CHANNEL.format(item * 11_000))[0]) == 11_000


def test_a_file_above_the_limit_is_refused_unread(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MAX_FILE_BYTES", 10)
    with pytest.raises(SourceUnreadable, match="split it"):
        read(file, CHANNEL)


@pytest.mark.parametrize("form", ["{}", "<![CDATA[{}]]>"])
def test_a_text_longer_than_the_parser_takes_is_cut_and_its_item_kept(file: Path, form: str) -> None:
    long = form.format("pixels " * 2_000_000)
    texts, notes = read(file, CHANNEL.format(f"<item><title>a</title>{long}<end>z</end></item><item>b</item>"))
    assert texts[0].startswith("apixels ")
    assert texts[0].endswith("z")
    assert MAX_TEXT_BYTES * 0.9 < len(texts[0]) < MAX_TEXT_BYTES + 10
    assert texts[1] == "b"
    assert [note.reason for note in notes] == ["text too long"]


def test_memory_holds_one_element_at_a_time(file: Path) -> None:
    item = f"<item><title>t</title><content:encoded>{'word ' * 2_000}</content:encoded></item>"
    file.write_text(CHANNEL.format(item * 1_000))
    xml = XmlFile(open_files(file), file.name)
    tracemalloc.start()
    count = sum(len(text_of(child(element, "content:encoded"))) for element in xml.elements("item"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1_000 * 9_999
    assert peak < 4_000_000


@given(st.text(alphabet="<>&;![]CDATA-?x \n/a", max_size=80), st.lists(st.integers(0, 80), max_size=4))
def test_mending_does_not_depend_on_where_chunks_end(text: str, cuts: list[int]) -> None:
    whole, parts = Mender(), Mender()
    content = f"<r>{text}</r>"
    places = sorted({min(cut, len(content)) for cut in cuts} | {0, len(content)})
    pieces = [content[start:end] for start, end in itertools.pairwise(places)]
    in_one = whole.feed(content, is_last=True)
    in_parts = b"".join(parts.feed(piece) for piece in pieces) + parts.feed("", is_last=True)
    assert in_parts.replace(b"]]><![CDATA[", b"") == in_one.replace(b"]]><![CDATA[", b"")
