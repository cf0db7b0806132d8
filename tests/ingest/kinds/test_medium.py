from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from semsearch.ingest.entries import Entry, Note, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds.medium import KIND
from tests.ingest.reading import read

CANONICAL = '<p><a href="https://medium.com/@anna/a-title-0a1b2c3d4e5f" class="p-canonical">Canonical link</a></p>'
DATE = '<time class="dt-published" datetime="2020-01-02T03:04:05.678Z">January 2, 2020</time>'


def post(folder: Path, body: str, *, title: str = "A title", summary: str = "", footer: str = CANONICAL + DATE) -> Path:
    file = folder / "posts" / "2020-01-02_A-title-0a1b2c3d4e5f.html"
    file.parent.mkdir(exist_ok=True)
    section = f'<section data-field="subtitle" class="p-summary">{summary}</section>' if summary else ""
    header = f'<header><h1 class="p-name">{title}</h1></header>'
    content = f'{header}{section}<section data-field="body" class="e-content">{body}</section>'
    end = f'<footer>{footer}<p>Exported from <a href="https://medium.com">Medium</a> on May 1, 2021.</p></footer>'
    file.write_text(f'<html><body><article class="h-entry">{content}{end}</article></body></html>')
    return folder


def only(folder: Path) -> Entry:
    (entry,), _ = read(KIND, folder)
    return entry


HEAD = '<h3 class="graf--title">A title</h3>'


def test_title_and_subtitle_are_taken_out_of_the_body(tmp_path: Path) -> None:
    body = HEAD + '<h4 class="graf--subtitle">Why it <em>is</em> so</h4><p>Text.</p><h3>Next</h3>'
    entry = only(post(tmp_path, body, summary="Why it is so"))
    assert (entry.title, entry.body.text) == ("A title", "<p>Text.</p><h3>Next</h3>")
    assert entry.teaser is not None
    assert entry.teaser.text == "Why it is so"
    assert "Exported" not in entry.body.text


@pytest.mark.parametrize("heading", ["<h3>“A Title”</h3>", "<h1>A title.</h1>", "<h2>A <b>title</b></h2>"])
def test_the_title_in_the_body_may_be_written_in_other_ways(tmp_path: Path, heading: str) -> None:
    assert only(post(tmp_path, heading + "<p>Text.</p>")).body.text == "<p>Text.</p>"


def test_another_heading_stays(tmp_path: Path) -> None:
    assert only(post(tmp_path, "<h3>Introduction</h3><p>Text.</p>")).body.text == "<h3>Introduction</h3><p>Text.</p>"


@pytest.mark.parametrize("summary", ["Text that begins the…", "Text that begins the body."])
def test_a_summary_that_repeats_the_first_words_is_no_teaser(tmp_path: Path, summary: str) -> None:
    assert only(post(tmp_path, HEAD + "<p>Text that begins the body.</p>", summary=summary)).teaser is None


def test_facts_come_from_the_footer(tmp_path: Path) -> None:
    footer = '<p class="p-tags"><a class="p-tag">One</a>, <a class="p-tag">Two</a></p><a class="p-author">Anna</a>'
    entry = only(
        post(tmp_path, HEAD + '<img src="https://i.example/1.jpg"><p>Text.</p>', footer=footer + CANONICAL + DATE)
    )
    assert entry.address == "https://medium.com/@anna/a-title-0a1b2c3d4e5f"
    assert (entry.date, entry.tags, entry.authors) == ("2020-01-02T03:04:05+00:00", ("One", "Two"), ("Anna",))
    assert entry.image == "https://i.example/1.jpg"


def test_a_post_without_a_canonical_link_is_a_draft(tmp_path: Path) -> None:
    entry = only(post(tmp_path, HEAD + "<p>Text.</p>", footer="<a href='https://medium.com/p/1'>View original.</a>"))
    assert (entry.status, entry.id) == (Status.DRAFT, "0a1b2c3d4e5f")


def test_a_file_named_draft_is_one(tmp_path: Path) -> None:
    post(tmp_path, HEAD + "<p>Text.</p>")
    (file,) = (tmp_path / "posts").iterdir()
    file.rename(file.with_name("draft_A-title-0a1b2c3d4e5f.html"))
    assert only(tmp_path).status is Status.DRAFT


@pytest.mark.parametrize(
    ("body", "title"),
    [("<p>I agree, Bob.</p>", "I agree, Bob."), ("<p>I agree with all of</p><p>it, Bob.</p>", "I agree with all of…")],
)
def test_responses_are_left_out(tmp_path: Path, body: str, title: str) -> None:
    entries, notes = read(KIND, post(tmp_path, body, title=title))
    assert (entries, [(note.severity, note.reason) for note in notes]) == ([], [(Severity.LEFT_OUT, "response")])


def test_a_short_post_with_a_title_of_its_own_is_no_response(tmp_path: Path) -> None:
    assert only(post(tmp_path, "<p>Text.</p>")).title == "A title"


def test_other_pages_of_the_export_are_not_read(tmp_path: Path) -> None:
    post(tmp_path, HEAD + "<p>Text.</p>")
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "profile.html").write_text("<p>anna@mail.example</p>")
    records: list[Entry | Note] = [*read(KIND, tmp_path)[0], *read(KIND, tmp_path)[1]]
    assert len(records) == 1


def test_a_page_without_a_text_is_told(tmp_path: Path) -> None:
    post(tmp_path, "")
    (tmp_path / "posts" / "index.html").write_text("<p>List</p>")
    assert [(str(note.place), note.reason) for note in read(KIND, tmp_path)[1]] == [("posts/index.html", "not a post")]


def test_an_export_is_read_from_an_archive_within_a_folder(tmp_path: Path) -> None:
    post(tmp_path, HEAD + "<p>Text.</p>")
    (file,) = (tmp_path / "posts").iterdir()
    with zipfile.ZipFile(tmp_path / "medium.zip", "w") as archive:
        archive.write(file, f"medium-export/posts/{file.name}")
    assert KIND.detect(open_files(tmp_path / "medium.zip")) is not None
    assert only(tmp_path / "medium.zip").title == "A title"
