from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from semsearch.ingest.entries import Entry, Note, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Options
from semsearch.ingest.kinds.wordpress import KIND
from tests.ingest.reading import read

AUTHOR = (
    "<wp:author><wp:author_login>anna</wp:author_login><wp:author_email>anna@mail.example</wp:author_email>"
    "<wp:author_display_name>Anna B.</wp:author_display_name></wp:author>"
)


def item(**changes: str) -> str:
    """An item of a WXR file; a change replaces or adds an element, ``__`` stands for the colon."""
    parts = {
        "title": "A title",
        "link": "https://blog.example/a/",
        "dc__creator": "anna",
        "content__encoded": "<![CDATA[Text.]]>",
        "wp__post_id": "7",
        "wp__status": "publish",
        "wp__post_type": "post",
    } | changes
    more = parts.pop("more", "")
    elements = (f"<{name.replace('__', ':')}>{text}</{name.replace('__', ':')}>" for name, text in parts.items())
    return f"<item>{''.join(elements)}{more}</item>\n"


def export(folder: Path, *items: str, channel: str = AUTHOR, version: str = "1.2", name: str = "wxr.xml") -> Path:
    file = folder / name
    file.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:excerpt="http://wordpress.org/export/{version}/excerpt/" '
        f'xmlns:wp="http://wordpress.org/export/{version}/">\n<channel>{channel}\n{"".join(items)}</channel></rss>',
        encoding="utf-8",
    )
    return file


def only(folder: Path, *, channel: str = AUTHOR, site_url: str = "", **changes: str) -> Entry:
    (entry,), _ = read(KIND, export(folder, item(**changes), channel=channel), site_url=site_url)
    return entry


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_all_versions_are_read(tmp_path: Path, version: str, scheme: str) -> None:
    file = export(tmp_path, item(), version=version)
    file.write_text(file.read_text().replace('wp="http://', f'wp="{scheme}://'))
    (entry,), notes = read(KIND, file)
    assert (entry.title, entry.authors, notes) == ("A title", ("Anna B.",), [])
    assert KIND.detect(open_files(file)) is not None


def test_namespaces_that_are_not_declared_cost_nothing(tmp_path: Path) -> None:
    file = export(tmp_path, item())
    file.write_text(file.read_text().replace("xmlns:", "data-"))
    (entry,), _ = read(KIND, file)
    assert entry.body.text == "<p>Text.</p>"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.PUBLISHED),
        ({"wp__status": "draft"}, Status.DRAFT),
        ({"wp__status": "pending"}, Status.DRAFT),
        ({"wp__status": "future"}, Status.FUTURE),
        ({"wp__status": "private"}, Status.PRIVATE),
        ({"wp__post_password": "secret"}, Status.PRIVATE),
        ({"wp__post_type": "page"}, Status.PAGE),
    ],
)
def test_the_status_is_what_readers_see(tmp_path: Path, changes: dict[str, str], status: Status) -> None:
    assert only(tmp_path, **changes).status is status


def test_other_types_and_pages_that_are_not_published_are_told_in_one_line(tmp_path: Path) -> None:
    types = ("attachment", "nav_menu_item", "nav_menu_item", "revision", "recipe")
    page = item(wp__post_type="page", wp__status="draft")
    entries, notes = read(KIND, export(tmp_path, *(item(wp__post_type=name) for name in types), page))
    assert entries == []
    assert [(note.severity, note.detail) for note in notes] == [
        (Severity.INFO, "1 attachment, 2 nav_menu_item, 1 page that is not published, 1 recipe, 1 revision")
    ]


@pytest.mark.parametrize("status", ["trash", "auto-draft", "inherit"])
def test_posts_in_the_trash_are_left_out(tmp_path: Path, status: str) -> None:
    entries, (note,) = read(KIND, export(tmp_path, item(wp__status=status)))
    assert (entries, note.severity, note.reason) == ([], Severity.LEFT_OUT, "not published")


def test_a_post_without_a_title_is_named_by_its_first_words_and_told(tmp_path: Path) -> None:
    text = "<![CDATA[<p>First &amp; <b>second</b></p> word]]>"
    (entry,), (note,) = read(KIND, export(tmp_path, item(title="", content__encoded=text)))
    assert entry.title == "First &amp; second word"
    assert (str(note.place), note.severity, note.reason) == ("wxr.xml:4", Severity.WARNING, "no title")


def test_a_post_without_title_and_words_is_left_out(tmp_path: Path) -> None:
    entries, (note,) = read(KIND, export(tmp_path, item(title=" ", content__encoded="<![CDATA[<img src='x'>]]>")))
    assert (entries, note.severity, note.reason) == ([], Severity.LEFT_OUT, "no title")


@pytest.mark.parametrize(
    ("local", "universal", "date"),
    [
        ("2020-01-01 00:30:00", "2019-12-31 23:30:00", "2020-01-01T00:30:00+01:00"),
        ("2020-01-01 05:30:00", "2020-01-01 00:00:00", "2020-01-01T05:30:00+05:30"),
        ("2020-01-01 00:30:00", "0000-00-00 00:00:00", "2020-01-01T00:30:00"),
        ("2020-01-01 00:30:00", "2019-01-01 00:00:00", "2020-01-01T00:30:00"),
        ("0000-00-00 00:00:00", "2020-01-01 00:00:00", "2020-01-01T00:00:00+00:00"),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00", None),
    ],
)
def test_the_date_is_local_time_with_its_offset(tmp_path: Path, local: str, universal: str, date: str | None) -> None:
    assert only(tmp_path, wp__post_date=local, wp__post_date_gmt=universal).date == date


def test_the_date_of_the_feed_is_the_last_resort(tmp_path: Path) -> None:
    assert only(tmp_path, pubDate="Wed, 01 Jan 2020 10:00:00 +0000").date == "2020-01-01T10:00:00+00:00"


def test_tags_are_categories_and_tags_of_the_domains_that_mean_topics(tmp_path: Path) -> None:
    terms = (
        ("category", "news", "News"), ("category", "uncategorized", "Uncategorized"), ("post_tag", "r-d", "R&amp;D"),
        ("category", "non-classe", "Non classé"), ("tag", "old", "Old"), ("post_tag", "news", "News"),
        ("post_format", "post-format-link", "Link"), ("language", "en", "English"), ("series", "s", "A series"),
    )  # fmt: skip
    more = "".join(f'<category domain="{a}" nicename="{b}"><![CDATA[{c}]]></category>' for a, b, c in terms)
    assert only(tmp_path, more=more).tags == ("News", "R&D", "Old")


@pytest.mark.parametrize(
    ("co_authors", "authors"),
    [
        ("", ("Anna B.",)),
        ('<category domain="author" nicename="cap-anna">anna</category>', ("Anna B.",)),
        ('<category domain="author" nicename="cap-anna">Anna at work</category>', ("Anna B.",)),
        (
            (
                '<category domain="author" nicename="cap-x">Guest One</category>'
                '<category domain="author" nicename="anna">anna</category>'
            ),
            ("Guest One", "Anna B."),
        ),
    ],
)
def test_co_authors_replace_the_creator(tmp_path: Path, co_authors: str, authors: tuple[str, ...]) -> None:
    assert only(tmp_path, more=co_authors).authors == authors


@pytest.mark.parametrize(
    ("creator", "authors"),
    [("ANNA", ("Anna B.",)), ("unknown-login", ("unknown-login",)), ("someone@mail.example", ()), ("", ())],
)
def test_a_login_gives_the_name_shown_but_no_mail_address(
    tmp_path: Path, creator: str, authors: tuple[str, ...]
) -> None:
    assert only(tmp_path, dc__creator=creator).authors == authors


def test_mail_addresses_of_authors_and_commenters_stay_in_the_file(tmp_path: Path) -> None:
    comment = (
        "<wp:comment><wp:comment_author_email>reader@mail.example</wp:comment_author_email>"
        "<wp:comment_content>Mine too</wp:comment_content></wp:comment>"
        "<wp:postmeta><wp:meta_key>mail</wp:meta_key><wp:meta_value>other@mail.example</wp:meta_value></wp:postmeta>"
    )
    channel = AUTHOR.replace("Anna B.", "anna@mail.example")
    shown = str(list(KIND.read(open_files(export(tmp_path, item(more=comment), channel=channel)), Options())))
    assert "mail.example" not in shown
    assert "Mine too" not in shown


def test_the_picture_may_follow_its_post_in_another_file(tmp_path: Path) -> None:
    meta = "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>"
    picture = "<wp:attachment_url>https://blog.example/a.jpg</wp:attachment_url>"
    export(tmp_path, item(more=meta), name="1.xml")
    export(tmp_path, item(wp__post_id="9", wp__post_type="attachment", more=picture), name="2.xml")
    (entry,), _ = read(KIND, tmp_path)
    assert entry.image == "https://blog.example/a.jpg"


def test_the_excerpt_is_the_teaser(tmp_path: Path) -> None:
    teaser = only(tmp_path, excerpt__encoded="<![CDATA[Short & [gallery] sweet]]>").teaser
    assert teaser is not None
    assert teaser.text == "<p>Short &  sweet</p>"


def test_addresses_move_to_the_site_that_the_owner_names(tmp_path: Path) -> None:
    channel = "<wp:base_blog_url>http://localhost/blog</wp:base_blog_url><language>de-DE</language>"
    entry = only(tmp_path, channel=channel, link="http://localhost/blog/a/?x=1", site_url="https://new.example")
    assert (entry.address, entry.language) == ("https://new.example/a/?x=1", "de-DE")


def test_broken_items_are_mended_and_told_with_their_line(tmp_path: Path) -> None:
    items = (item(title="Q&A", content__encoded="<![CDATA[a ]]> b]]>"), item(title="whole"))
    entries, notes = read(KIND, export(tmp_path, *items))
    assert [entry.title for entry in entries] == ["Q&A", "whole"]
    assert entries[0].body.text == "<p>a ]]> b</p>"
    assert [(str(note.place), note.reason) for note in notes] == [("wxr.xml:4", "bare &"), ("wxr.xml:4", "bare ]]>")]


def test_an_export_cut_off_keeps_the_posts_before(tmp_path: Path) -> None:
    file = export(tmp_path, item(title="whole"), item(title="half"))
    file.write_text(file.read_text().partition("half")[0])
    entries, notes = read(KIND, file)
    assert [entry.title for entry in entries] == ["whole"]
    assert _reasons(notes) == [("wxr.xml:5", Severity.BROKEN, "cut off")]


def _reasons(notes: list[Note]) -> list[tuple[str, Severity, str]]:
    return [(str(note.place), note.severity, note.reason) for note in notes]


def test_an_export_is_read_from_an_archive(tmp_path: Path) -> None:
    file = export(tmp_path, item())
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(file, "blog/wxr.xml")
    (entry,), _ = read(KIND, tmp_path / "export.zip")
    assert str(entry.place) == "blog/wxr.xml:4"


def test_a_feed_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel><item/></channel></rss>")
    assert KIND.detect(open_files(tmp_path / "feed.xml")) is None
