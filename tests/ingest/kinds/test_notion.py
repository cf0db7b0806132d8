from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from semsearch.ingest.entries import Entry, Format, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds.notion import KIND
from tests.ingest.reading import read

NUMBER = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32


def page(folder: Path, text: str, name: str = f"A page {NUMBER}.md") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def only(folder: Path, site_url: str = "") -> Entry:
    (entry,), _ = read(KIND, folder, site_url=site_url)
    return entry


def test_the_number_is_the_id_and_the_heading_the_title(tmp_path: Path) -> None:
    entry = only(page(tmp_path, "# The title\n\nText.\n"))
    assert (entry.id, entry.title, entry.body.text, entry.body.format) == (
        NUMBER,
        "The title",
        "Text.",
        Format.MARKDOWN,
    )


def test_without_a_heading_the_file_names_the_page(tmp_path: Path) -> None:
    assert only(page(tmp_path, "Text.\n")).title == "A page"


def test_numbers_are_taken_out_of_links_and_of_nothing_else(tmp_path: Path) -> None:
    text = f"# T\n\nSee [Other {OTHER}](A/Other%20{OTHER}.md); the digest is {OTHER}.\n"
    assert only(page(tmp_path, text)).body.text == f"See [Other](A/Other.md); the digest is {OTHER}."


def test_properties_below_the_heading_are_facts_of_the_post(tmp_path: Path) -> None:
    text = (
        "# T\n\nTags: one, two words\nCreated: January 5, 2023 3:04 PM\nLast edited time: 2023/02/01 10:00\n"
        "Author: Anna, Bob\nSlug: /the-slug/\nSummary: In short.\nLanguage: de\nRating: 5\n\nText.\n"
    )
    entry = only(page(tmp_path, text), "https://a.example")
    assert (entry.tags, entry.authors) == (("one", "two words"), ("Anna", "Bob"))
    assert entry.date is not None
    assert entry.date.startswith("2023-01-05")
    assert (entry.updated, entry.language) == ("2023-02-01T10:00:00", "de")
    assert (entry.address, entry.id) == ("https://a.example/the-slug", "")
    assert entry.teaser is not None
    assert (entry.teaser.text, entry.body.text) == ("In short.", "Text.")


@pytest.mark.parametrize("first", ["Note: mind the gap.", "Warning: hot!", "He said: go.", "Tags: a\nand more text"])
def test_a_paragraph_with_a_colon_is_no_property(tmp_path: Path, first: str) -> None:
    assert only(page(tmp_path, f"# T\n\n{first}\n\nText.\n")).body.text == f"{first}\n\nText."


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Status: Draft", Status.DRAFT),
        ("Status: In progress", Status.DRAFT),
        ("Status: Published", Status.PUBLISHED),
        ("Published: No", Status.DRAFT),
        ("Published: Yes", Status.PUBLISHED),
        ("Draft: Yes", Status.DRAFT),
    ],
)
def test_the_status_is_a_property(tmp_path: Path, line: str, status: Status) -> None:
    assert only(page(tmp_path, f"# T\n\n{line}\nTags: a\n\nText.\n")).status is status


@pytest.mark.parametrize("folder", ["Posts", f"Posts {OTHER}"])
def test_the_database_beside_gives_what_the_page_does_not(tmp_path: Path, folder: str) -> None:
    page(tmp_path, "# A page\n\nText.\n", f"{folder}/A page {NUMBER}.md")
    page(tmp_path, 'Name,Tags,Date\nA page,"one, two",2023-01-05\n', f"Posts {OTHER}.csv")
    entry = only(tmp_path)
    assert (entry.tags, entry.date) == (("one", "two"), "2023-01-05")


def test_the_database_tells_properties_from_paragraphs(tmp_path: Path) -> None:
    page(tmp_path, "# A page\n\nPlace: Rome\n\nText.\n", f"Posts/A page {NUMBER}.md")
    page(tmp_path, "Name,Place\nA page,Rome\n", f"Posts {OTHER}.csv")
    assert only(tmp_path).body.text == "Text."


def test_pages_of_one_title_are_not_confused(tmp_path: Path) -> None:
    page(tmp_path, "# A page\n\nText.\n", f"Posts/A page {NUMBER}.md")
    page(tmp_path, "Name,Tags\nA page,one\nA page,two\n", f"Posts {OTHER}.csv")
    assert only(tmp_path).tags == ()


def test_html_pages_have_their_properties_in_a_table(tmp_path: Path) -> None:
    html = (
        '<html><body><article class="page sans"><header><h1 class="page-title">A &amp; B</h1><table class="properties">'
        '<tr><th>Tags</th><td><span class="selected-value">one</span><span class="selected-value">two</span></td></tr>'
        "<tr><th>Date</th><td><time>@January 5, 2023</time></td></tr></table></header>"
        '<div class="page-body"><p>Text.</p></div></article></body></html>'
    )
    entry = only(page(tmp_path, html, f"A {NUMBER}.html"))
    assert (entry.title, entry.tags, entry.date) == ("A &amp; B", ("one", "two"), "2023-01-05")
    assert (entry.body.format, entry.body.text) == (Format.HTML, "<p>Text.</p>")


@pytest.mark.parametrize("text", ["# T\n", f"# T\n\n[A](A%20{OTHER}.md)\n\n[B](B%20{OTHER}.csv)\n", "# T\n\nTags: a\n"])
def test_pages_that_only_list_others_are_left_out(tmp_path: Path, text: str) -> None:
    entries, (note,) = read(KIND, page(tmp_path, text))
    assert (entries, note.severity, note.reason) == ([], Severity.LEFT_OUT, "no text")


def test_parts_of_an_export_within_an_archive_are_told(tmp_path: Path) -> None:
    part = tmp_path / "part.zip"
    with zipfile.ZipFile(part, "w") as archive:
        archive.writestr(f"A {NUMBER}.md", "# A\n\nText.")
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.write(part, "ExportBlock-0b1c-Part-1.zip")
    assert KIND.detect(open_files(tmp_path / "whole.zip")) is not None
    entries, (note,) = read(KIND, tmp_path / "whole.zip")
    assert (entries, note.severity, note.reason) == ([], Severity.BROKEN, "archive not opened")
    assert "Unpack" in note.detail


def test_an_export_is_read_from_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(f"Notes/A {NUMBER}.md", "# A\n\nText.")
    assert only(tmp_path / "export.zip").title == "A"


def test_a_folder_of_other_markdown_is_no_export(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.md", f"d {NUMBER}.md"):
        page(tmp_path, "# A\n", name)
    assert KIND.detect(open_files(tmp_path)) is None
