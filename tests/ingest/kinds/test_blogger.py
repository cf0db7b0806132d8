from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Entry, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds.blogger import KIND
from tests.ingest.reading import read

FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:blogger="http://schemas.google.com/blogger/2018" '
    'xmlns:app="http://purl.org/atom/app#" xmlns:a="http://www.w3.org/2007/app">{}</feed>'
)
KIND_OF = (
    '<category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#{}"/>'
)
TEXT = (
    '<title type="text">A</title><content type="html">&lt;p&gt;Text&lt;/p&gt;</content>'
    "<published>2020-01-01T00:00:00Z</published>"
)


def export(folder: Path, *entries: str) -> Path:
    file = folder / "feed.atom"
    file.write_text(FEED.format("\n".join(f"<entry>{entry}</entry>" for entry in entries)))
    return file


def only(folder: Path, entry: str, site_url: str = "") -> Entry:
    (found,), _ = read(KIND, export(folder, entry), site_url=site_url)
    return found


def test_the_export_of_the_settings_page_holds_posts_beside_other_things(tmp_path: Path) -> None:
    kinds = ("post", "page", "comment", "comment", "settings", "template")
    entries, notes = read(KIND, export(tmp_path, *(KIND_OF.format(kind) + TEXT for kind in kinds)))
    assert [entry.status for entry in entries] == [Status.PUBLISHED, Status.PAGE]
    assert [(note.severity, note.detail) for note in notes] == [(Severity.INFO, "2 comment, 1 settings, 1 template")]


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ("<blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status>", Status.PUBLISHED),
        ("<blogger:type>POST</blogger:type><blogger:status>DRAFT</blogger:status>", Status.DRAFT),
        ("<blogger:type>POST</blogger:type><blogger:status>SCHEDULED</blogger:status>", Status.FUTURE),
        ("<blogger:type>PAGE</blogger:type><blogger:status>LIVE</blogger:status>", Status.PAGE),
        (KIND_OF.format("post") + "<app:control><app:draft>yes</app:draft></app:control>", Status.DRAFT),
        (KIND_OF.format("post") + "<a:control><a:draft>yes</a:draft></a:control>", Status.DRAFT),
        (KIND_OF.format("post") + "<app:control><app:draft>no</app:draft></app:control>", Status.PUBLISHED),
    ],
)
def test_both_formats_say_the_status(tmp_path: Path, facts: str, status: Status) -> None:
    assert only(tmp_path, facts + TEXT).status is status


@pytest.mark.parametrize(
    "facts",
    [
        "<blogger:type>COMMENT</blogger:type><blogger:status>LIVE</blogger:status>",
        "<blogger:type>POST</blogger:type><blogger:status>SOFT_TRASHED</blogger:status>",
        "<blogger:type>POST</blogger:type><blogger:trashed>2020-01-01T00:00:00Z</blogger:trashed>",
        "<blogger:type>PAGE</blogger:type><blogger:status>DRAFT</blogger:status>",
    ],
)
def test_comments_trash_and_pages_in_progress_are_no_posts(tmp_path: Path, facts: str) -> None:
    entries, (note,) = read(KIND, export(tmp_path, facts + TEXT))
    assert (entries, note.severity) == ([], Severity.INFO)


def test_takeout_names_the_path_of_a_post(tmp_path: Path) -> None:
    filename = "<blogger:type>POST</blogger:type><blogger:filename>/2020/01/a.html</blogger:filename>" + TEXT
    assert only(tmp_path, filename).address == "/2020/01/a.html"
    assert only(tmp_path, filename, "https://new.example").address == "https://new.example/2020/01/a.html"


def test_the_link_of_a_post_moves_to_the_site_that_the_owner_names(tmp_path: Path) -> None:
    link = '<link rel="self" href="https://x.example/feeds/1"/><link rel="alternate" href="https://x.example/2020/01/a.html"/>'
    assert only(tmp_path, link + TEXT).address == "https://x.example/2020/01/a.html"
    assert only(tmp_path, link + TEXT, "https://new.example").address == "https://new.example/2020/01/a.html"


def test_labels_are_the_tags(tmp_path: Path) -> None:
    labels = '<category scheme="http://www.blogger.com/atom/ns#" term="one &amp; two"/><category term="three"/>'
    assert only(tmp_path, KIND_OF.format("post") + labels + TEXT).tags == ("one & two", "three")


def test_the_jump_break_becomes_the_more_marker(tmp_path: Path) -> None:
    content = (
        '<title>A</title><content type="html">a&lt;a name="more"&gt;&lt;/a&gt;b&lt;a name=\'more\' /&gt;</content>'
    )
    assert only(tmp_path, content).body.text == "a<!--more-->b<!--more-->"


@pytest.mark.parametrize(("kind", "title"), [("text", "a &lt; b"), ("html", "a < b")])
def test_a_title_is_text_unless_it_says_otherwise(tmp_path: Path, kind: str, title: str) -> None:
    assert only(tmp_path, f'<title type="{kind}">a &lt; b</title><content>c</content>').title == title


def test_mail_addresses_of_authors_stay_in_the_file(tmp_path: Path) -> None:
    authors = (
        "<author><name>Anna</name><email>anna@mail.example</email></author><author><name>b@mail.example</name></author>"
    )
    entry = only(tmp_path, authors + TEXT)
    assert entry.authors == ("Anna",)
    assert "mail.example" not in str(entry)


def test_an_ordinary_feed_is_no_export(tmp_path: Path) -> None:
    file = tmp_path / "feed.atom"
    file.write_text('<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title></entry></feed>')
    assert KIND.detect(open_files(file)) is None
