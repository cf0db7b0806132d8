"""Feeds of all formats → entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Entry, Note, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds import kinds
from semsearch.ingest.kinds.feed import KIND
from tests.ingest.reading import check_golden, read

GOLDEN = Path(__file__).parent / "golden" / "feed"
TEXT = "<content:encoded>All of it.</content:encoded>"
LONG = "<p>" + "All of a long text, with many words. " * 60 + "</p>"


def rss(tmp_path: Path, *items: str, channel: str = "", root: str = "", encoding: str = "utf-8") -> Path:
    file = tmp_path / "feed.xml"
    body = "".join(f"<item>{item}</item>" for item in items)
    text = f"<rss version='2.0' {root}><channel><title>F</title><link>https://f.example/</link>{channel}{body}</channel></rss>"
    file.write_bytes(text.encode(encoding))
    return file


def atom(tmp_path: Path, *entries: str, attributes: str = "") -> Path:
    file = tmp_path / "feed.atom"
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    file.write_text(f"<feed xmlns='http://www.w3.org/2005/Atom' {attributes}>{body}</feed>", encoding="utf-8")
    return file


def one(location: Path, **options: str) -> Entry:
    entries, _ = read(KIND, location, **options)
    assert len(entries) == 1
    return entries[0]


def reasons(notes: list[Note]) -> list[str]:
    return [note.reason for note in notes]


@pytest.mark.parametrize("name", ["blog.xml", "notes.atom", "radio.rss", "items.json", "old.rdf"])
def test_a_feed_is_read_as_its_golden_file_says(name: str) -> None:
    check_golden(KIND, GOLDEN / name, GOLDEN / f"{name}.expected")


def test_the_kind_is_found_by_its_name() -> None:
    assert kinds()["feed"] is KIND


@pytest.mark.parametrize(
    ("name", "why"), [("blog.xml", "RSS"), ("notes.atom", "Atom"), ("old.rdf", "RDF"), ("items.json", "JSON")]
)
def test_a_feed_is_detected_by_its_root(name: str, why: str) -> None:
    evidence = KIND.detect(open_files(GOLDEN / name))
    assert evidence is not None
    assert evidence.certainty is Certainty.CERTAIN
    assert why in evidence.because


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?><!-- <rss> --><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>",
        "<rss version='2.0' xmlns:wp='http://wordpress.org/export/1.2/'><channel/></rss>",
        "<feed><entry><category term='http://schemas.google.com/blogger/2008/kind#post'/></entry></feed>",
        "<feed xmlns:blogger='x'><entry><blogger:type>POST</blogger:type></entry></feed>",
        '{"version": "1.0", "items": []}',
        "<html><body>A page about &lt;rss&gt;</body></html>",
        "id,title\n1,<rss>",
        "",
    ],
)
def test_exports_sitemaps_and_other_files_are_no_feeds(tmp_path: Path, text: str) -> None:
    file = tmp_path / "data.xml"
    file.write_text(text, encoding="utf-8")
    assert KIND.detect(open_files(file)) is None
    with pytest.raises(SourceUnreadable, match="no feed"):
        list(read(KIND, file))


def test_a_folder_is_one_if_it_holds_only_feeds(tmp_path: Path) -> None:
    rss(tmp_path, "<title>A</title><link>/a</link>")
    atom(tmp_path, "<title>B</title><link href='/b'/>")
    evidence = KIND.detect(open_files(tmp_path))
    assert evidence is not None
    assert evidence.certainty is Certainty.LIKELY
    (tmp_path / "post.md").write_text("# A post", encoding="utf-8")
    assert KIND.detect(open_files(tmp_path)) is None
    assert [entry.title for entry in read(KIND, tmp_path)[0]] == ["B", "A"]


def test_an_entry_in_two_feeds_is_one_and_told(tmp_path: Path) -> None:
    rss(tmp_path, "<title>A</title><link>https://f.example/a</link>")
    atom(tmp_path, "<title>A</title><link href='https://f.example/a'/>")
    entries, notes = read(KIND, tmp_path)
    assert len(entries) == 1
    assert ("same entry twice", Severity.LEFT_OUT) in [(note.reason, note.severity) for note in notes]


def test_the_whole_text_goes_before_the_description(tmp_path: Path) -> None:
    entry = one(
        rss(tmp_path, "<title>A</title><description>Short.</description><content:encoded>Long text.</content:encoded>")
    )
    assert (entry.body.text, entry.teaser and entry.teaser.text) == ("Long text.", "Short.")


def test_a_cut_excerpt_is_no_teaser_of_a_whole_text(tmp_path: Path) -> None:
    item = "<title>A</title><description>The fir [...]</description><content:encoded>The first words.</content:encoded>"
    assert one(rss(tmp_path, item)).teaser is None


def test_a_feed_of_summaries_is_told_once(tmp_path: Path) -> None:
    items = [f"<title>{n}</title><link>/{n}</link><description>Only so much [...]</description>" for n in range(3)]
    entries, notes = read(KIND, rss(tmp_path, *items))
    assert [entry.body.text for entry in entries] == [""] * 3
    assert [entry.teaser and entry.teaser.text for entry in entries] == ["Only so much ..."] * 3
    assert reasons(notes) == ["teasers only"]


def test_long_descriptions_make_the_short_ones_whole_texts(tmp_path: Path) -> None:
    items = [
        f"<title>{n}</title><link>/{n}</link><description><![CDATA[{t}]]></description>"
        for n, t in enumerate((LONG, "Hi."))
    ]
    entries, notes = read(KIND, rss(tmp_path, *items))
    assert [entry.body.text for entry in entries] == [LONG, "Hi."]
    assert notes == []


def test_a_link_to_the_rest_is_no_text(tmp_path: Path) -> None:
    item = "<title>A</title><description><![CDATA[<p>Some. <a href='/a'>Read more →</a></p>]]></description>"
    entry = one(rss(tmp_path, item))
    assert entry.teaser is not None
    assert entry.teaser.text == "<p>Some. </p>"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Fish &amp; chips", "Fish &amp; chips"),
        ("Fish &amp;amp; chips", "Fish &amp; chips"),
        ("Fish &amp;amp;amp; chips", "Fish &amp; chips"),
        ("&lt;i&gt;Nautilus&lt;/i&gt; sails", "Nautilus sails"),
        ("&amp;lt;b&amp;gt;x&amp;lt;/b&amp;gt;", "x"),
        ("How to use &lt;b&gt;", "How to use &lt;b&gt;"),
        ("List&lt;String&gt; in 1 &lt; 2", "List&lt;String&gt; in 1 &lt; 2"),
        ("Two\n  lines", "Two lines"),
        ("Fish & chips", "Fish &amp; chips"),
        ("caf&eacute;", "café"),
    ],
)
def test_titles_are_plain_text_escaped_once(tmp_path: Path, written: str, title: str) -> None:
    assert one(rss(tmp_path, f"<title>{written}</title>")).title == title


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("jo@f.example (Jo Reed)", "Jo Reed"),
        ("Jo Reed &lt;jo@f.example&gt;", "Jo Reed"),
        ("Jo Reed, Editor", "Jo Reed, Editor"),
        ("Jo Reed (f.example)", "Jo Reed (f.example)"),
        ("mailto:jo@f.example", None),
        ("jo@f.example", None),
        ("jo [at] f.example", None),
    ],
)
def test_authors_have_names_and_no_addresses(tmp_path: Path, written: str, name: str | None) -> None:
    assert one(rss(tmp_path, f"<title>A</title><author>{written}</author>")).authors == ((name,) if name else ())


def test_several_creators_are_several_authors(tmp_path: Path) -> None:
    assert one(rss(tmp_path, "<title>A</title><dc:creator>B, C</dc:creator><dc:creator>D</dc:creator>")).authors == (
        "B, C",
        "D",
    )


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("<pubDate>Wed, 02 Oct 2002 13:00:00 GMT</pubDate>", "2002-10-02T13:00:00+00:00"),
        ("<pubDate>2 Oct 2002 13:00</pubDate>", "2002-10-02T13:00:00"),
        ("<pubDate>2023-1-5</pubDate>", "2023-01-05"),
        ("<dc:date>2020-02-03T04:05:06+09:00</dc:date>", "2020-02-03T04:05:06+09:00"),
        ("<pubDate>nonsense</pubDate><dc:date>2020-02-03</dc:date>", "2020-02-03"),
    ],
)
def test_dates_are_read_in_all_forms(tmp_path: Path, written: str, date: str) -> None:
    assert one(rss(tmp_path, f"<title>A</title>{written}")).date == date


def test_an_impossible_date_is_told_and_the_post_kept(tmp_path: Path) -> None:
    dated = f"<title>B</title><link>/b</link><pubDate>2024-02-03</pubDate>{TEXT}"
    wrong = f"<title>A</title><link>/a</link><pubDate>2024-02-30</pubDate>{TEXT}"
    entries, notes = read(KIND, rss(tmp_path, wrong, dated))
    assert [(entry.date, entry.status) for entry in entries] == [
        (None, Status.PUBLISHED),
        ("2024-02-03", Status.PUBLISHED),
    ]
    assert [(note.reason, note.severity) for note in notes] == [("impossible date", Severity.WARNING)]


def test_undated_entries_among_dated_ones_are_pages(tmp_path: Path) -> None:
    posts = [f"<title>{n}</title><link>/{n}</link><pubDate>2020-01-0{n}</pubDate>" for n in (1, 2, 3)]
    pages = [
        "<title>Team</title><link>/team/</link><pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>",
        "<title>X</title>",
    ]
    entries, _ = read(KIND, rss(tmp_path, *posts, *pages))
    assert [entry.status for entry in entries] == [Status.PUBLISHED] * 3 + [Status.PAGE] * 2


def test_entries_of_a_feed_without_dates_are_posts(tmp_path: Path) -> None:
    entries, _ = read(KIND, rss(tmp_path, "<title>A</title><link>/a</link>", "<title>B</title><link>/b</link>"))
    assert [entry.status for entry in entries] == [Status.PUBLISHED] * 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/faq/", Status.PAGE),
        ("/about", Status.PAGE),
        ("/de/impressum/", Status.PAGE),
        ("/blog/about/", Status.PUBLISHED),
    ],
)
def test_pages_are_known_by_their_path(tmp_path: Path, path: str, status: Status) -> None:
    item = f"<title>A</title><link>https://f.example{path}</link><pubDate>2020-01-01</pubDate>"
    assert one(rss(tmp_path, item)).status is status


@pytest.mark.parametrize(
    ("item", "address"),
    [
        ("<link>/a</link>", "https://f.example/a"),
        ("<link> a/b </link>", "https://f.example/a/b"),
        ("<guid>https://g.example/a</guid>", "https://g.example/a"),
        ("<guid isPermaLink='false'>https://g.example/a</guid>", ""),
        ("<atom:link rel='alternate' href='https://g.example/b'/>", "https://g.example/b"),
        (
            "<link>http://proxy.example/~r/1</link><feedburner:origLink>https://f.example/c</feedburner:origLink>",
            "https://f.example/c",
        ),
        ("<link>https://f.example/a?utm_source=rss&amp;x=1#utm_id=3</link>", "https://f.example/a?x=1"),
        ("<link>mailto:jo@f.example</link>", ""),
        ("<link>http://[broken</link>", ""),
    ],
)
def test_addresses_are_those_a_reader_sees(tmp_path: Path, item: str, address: str) -> None:
    assert one(rss(tmp_path, f"<title>A</title>{item}")).address == address


def test_the_given_address_of_the_site_wins_for_relative_links(tmp_path: Path) -> None:
    assert (
        one(rss(tmp_path, "<title>A</title><link>/a</link>"), site_url="https://new.example").address
        == "https://new.example/a"
    )


def test_links_are_relative_to_the_base_of_the_entry(tmp_path: Path) -> None:
    file = tmp_path / "feed.atom"
    file.write_text(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://f.example/x/'>"
        "<entry xml:base='y/'><title>A</title><link href='z'/></entry></feed>",
        encoding="utf-8",
    )
    assert one(file).address == "https://f.example/x/y/z"


def test_entries_that_share_a_link_have_their_guid_as_id(tmp_path: Path) -> None:
    items = [
        f"<title>{n}</title><link>https://f.example/</link><guid isPermaLink='false'>ep-{n}</guid>" for n in (1, 2)
    ]
    assert [entry.id for entry in read(KIND, rss(tmp_path, *items))[0]] == ["ep-1", "ep-2"]


def test_a_link_whose_query_names_the_page_gives_the_id(tmp_path: Path) -> None:
    assert one(rss(tmp_path, "<title>A</title><link>https://f.example/?p=12</link>")).id == "?p=12"


def test_an_entry_without_link_and_guid_has_the_same_id_each_time(tmp_path: Path) -> None:
    first = one(rss(tmp_path, "<title>A</title>")).id
    assert first == one(rss(tmp_path, "<title>A</title>")).id
    assert len(first) == 16


def test_comments_are_left_out(tmp_path: Path) -> None:
    feed = rss(
        tmp_path,
        "<title>By: Jo</title><link>https://f.example/a/#comment-9</link>",
        f"<title>B</title><link>/b</link>{TEXT}",
    )
    entries, notes = read(KIND, feed)
    assert [entry.title for entry in entries] == ["B"]
    assert reasons(notes) == ["comment"]


def test_a_feed_cut_off_in_the_middle_keeps_what_was_whole(tmp_path: Path) -> None:
    file = rss(tmp_path, f"<title>A</title><link>/a</link>{TEXT}", "<title>B</title><link>/b</link>")
    file.write_bytes(file.read_bytes().partition(b"B</title>")[0])
    entries, notes = read(KIND, file)
    assert [entry.title for entry in entries] == ["A"]
    assert [(note.reason, note.severity) for note in notes] == [("cut off", Severity.BROKEN)]


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16", "utf-16-be", "utf-32-le", "utf-8-sig"])
def test_the_declared_encoding_is_used(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "feed.xml"
    name = encoding.removesuffix("-sig")
    text = f"<?xml version='1.0' encoding='{name}'?><rss><channel><item><title>Привет</title></item></channel></rss>"
    file.write_bytes(text.encode(encoding))
    assert one(file).title == "Привет"


def test_prefixes_need_no_declaration(tmp_path: Path) -> None:
    item = "<title>A</title><dc:creator>B</dc:creator><media:thumbnail url='https://f.example/c.png'/>"
    entry = one(rss(tmp_path, item))
    assert (entry.authors, entry.image) == (("B",), "https://f.example/c.png")


def test_unescaped_html_in_a_description_is_kept(tmp_path: Path) -> None:
    item = "<title>A</title><content:encoded><p>One <b>bold</b> word<br/>and more</p></content:encoded>"
    assert one(rss(tmp_path, item)).body.text == "<p>One <b>bold</b> word<br>and more</p>"


def test_blank_lines_of_a_text_without_tags_part_paragraphs(tmp_path: Path) -> None:
    item = "<title>A</title><content:encoded>One.\n\nTwo.</content:encoded>"
    assert one(rss(tmp_path, item)).body.text == "<p>One.</p>\n<p>Two.</p>\n"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("<content>1 &lt; 2 &amp; 3</content>", "1 &lt; 2 &amp; 3"),
        ("<content type='html'>&lt;p&gt;A&lt;/p&gt;</content>", "<p>A</p>"),
        ("<content>&lt;p&gt;A&lt;/p&gt;</content>", "<p>A</p>"),
        ("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <i>b</i></div></content>", "A <i>b</i>"),
        (
            "<content type='xhtml'><x:div xmlns:x='http://www.w3.org/1999/xhtml'>A <x:i>b</x:i></x:div></content>",
            "A <i>b</i>",
        ),
        ("<content type='text/html' mode='base64'>PHA+QTwvcD4=</content>", "<p>A</p>"),
        ("<content type='image/png'>iVBORw0KGgo=</content>", ""),
    ],
)
def test_the_type_of_atom_content_says_how_to_read_it(tmp_path: Path, content: str, body: str) -> None:
    assert one(atom(tmp_path, f"<title>A</title>{content}")).body.text == body


def test_old_atom_has_other_names_for_dates(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>A</title><issued>2004-01-02</issued>"
        "<modified>2004-01-03</modified></entry></feed>",
        encoding="utf-8",
    )
    entry = one(file)
    assert (entry.date, entry.updated) == ("2004-01-02", "2004-01-03")


def test_an_entry_with_neither_title_nor_text_is_left_out(tmp_path: Path) -> None:
    entries, notes = read(KIND, rss(tmp_path, "<link>/a</link>"))
    assert (entries, reasons(notes)) == ([], ["empty entry"])


def test_a_json_feed_that_is_no_json_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "feed.json"
    file.write_text('{"version": "https://jsonfeed.org/version/1",\n "items": [,]}', encoding="utf-8")
    with pytest.raises(SourceUnreadable, match=r"feed\.json:2"):
        read(KIND, file)


def test_a_json_feed_nested_too_deeply_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "feed.json"
    file.write_text('{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000, encoding="utf-8")
    with pytest.raises(SourceUnreadable, match="nested too deeply"):
        read(KIND, file)


@pytest.mark.parametrize(
    "content",
    [
        '<rss version="2.0"><channel><item><link>https://sea.example/1</link><description>{}</description></item></channel></rss>',
        '{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": "a", "content_text": "{}"}}]}}',
    ],
)
def test_notes_without_a_title_are_named_by_their_first_words(tmp_path: Path, content: str) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(content.format("The tide is out."), encoding="utf-8")
    entries, notes = read(KIND, file)
    assert [entry.title for entry in entries] == ["The tide is out."]
    assert "no title" in [note.reason for note in notes]
