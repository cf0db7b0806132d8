from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from semsearch.ingest.entries import Entry, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds.substack import KIND
from semsearch.ingest.parsing.csv_cells import MAX_CHARACTERS
from tests.ingest.reading import read

COLUMNS = "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url"
ROW = "1.a-slug,2022-01-02T03:04:05.678Z,true,,newsletter,everyone,A title,A subtitle,"


def export(folder: Path, *rows: str, texts: dict[str, str] | None = None) -> Path:
    (folder / "posts.csv").write_text("\n".join((COLUMNS, *rows)) + "\n", encoding="utf-8")
    (folder / "posts").mkdir(exist_ok=True)
    for name, text in ({"1.a-slug": "<p>Text.</p>"} if texts is None else texts).items():
        (folder / "posts" / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def only(folder: Path, row: str = ROW, text: str = "<p>Text.</p>", site_url: str = "") -> Entry:
    (entry,), _ = read(KIND, export(folder, row, texts={"1.a-slug": text}), site_url=site_url)
    return entry


def test_table_and_text_make_a_post(tmp_path: Path) -> None:
    entry = only(tmp_path, site_url="https://a.example")
    assert (entry.title, entry.address, entry.date) == (
        "A title",
        "https://a.example/p/a-slug",
        "2022-01-02T03:04:05+00:00",
    )
    assert entry.teaser is not None
    assert entry.teaser.text == "A subtitle"
    assert entry.body.text == "<p>Text.</p>"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("true", "TRUE"), Status.PUBLISHED),
        (("true", "false"), Status.DRAFT),
        (("true", ""), Status.DRAFT),
        (("everyone", "only_paid"), Status.PRIVATE),
        (("everyone", "only_free"), Status.PRIVATE),
        (("everyone", "founding"), Status.PRIVATE),
        (("newsletter", "podcast"), Status.PUBLISHED),
        (("newsletter", "thread"), Status.PUBLISHED),
        (("newsletter", "page"), Status.PAGE),
    ],
)
def test_the_status_is_what_readers_see(tmp_path: Path, change: tuple[str, str], status: Status) -> None:
    assert only(tmp_path, ROW.replace(*change)).status is status


def test_entities_in_the_table_are_read(tmp_path: Path) -> None:
    entry = only(
        tmp_path, ROW.replace("A title", '"Fish &amp;amp; chips, &lt;3"').replace("A subtitle", "&#x201C;Oh&#8221;")
    )
    assert entry.title == "Fish &amp; chips, &lt;3"
    assert entry.teaser is not None
    assert entry.teaser.text == "“Oh”"


def test_a_cell_may_hold_lines(tmp_path: Path) -> None:
    entry = only(tmp_path, ROW.replace("A subtitle", '"One\nline \x0b and ""another"""'))
    assert entry.teaser is not None
    assert entry.teaser.text == 'One line and "another"'


@pytest.mark.parametrize(
    "widget",
    [
        '<p class="button-wrapper" data-attrs="{}"><a class="button primary"><span>Subscribe now</span></a></p>',
        '<div class="captioned-button-wrap"><div class="preamble"><p>Thanks for reading!</p></div></div>',
        '<div class="subscription-widget-wrap"><p class="cta-caption">Subscribe</p><form><input></form></div>',
        '<div class="subscription-widget-wrap-editor"><p>Subscribe for free</p></div>',
        '<div class="digest-post-embed"><h3>Another post</h3></div>',
        '<div class="poll-embed">Vote</div>',
        "<script>x</script>",
    ],
)
def test_buttons_forms_and_cards_are_dropped(tmp_path: Path, widget: str) -> None:
    assert only(tmp_path, text=f"<p>One.</p>{widget}<p>Two.</p>").body.text == "<p>One.</p><p>Two.</p>"


def test_the_first_picture_is_that_of_the_post(tmp_path: Path) -> None:
    assert (
        only(tmp_path, text='<p>a</p><img src="https://i.example/1.png"><img src="2.png">').image
        == "https://i.example/1.png"
    )


def test_rows_without_text_and_texts_without_row_are_told(tmp_path: Path) -> None:
    rows = (ROW.replace("a-slug", "lost"), ROW.replace("a-slug", "no-text-yet").replace("true", "false"))
    entries, notes = read(KIND, export(tmp_path, *rows))
    assert entries == []
    assert [(str(note.place), note.severity, note.reason) for note in notes] == [
        ("posts.csv:2", Severity.BROKEN, "no text"),
        ("posts.csv:3", Severity.LEFT_OUT, "no text"),
        ("posts/1.a-slug.html", Severity.LEFT_OUT, "not in posts.csv"),
    ]


def test_a_table_that_breaks_keeps_the_rows_before(tmp_path: Path) -> None:
    entries, notes = read(KIND, export(tmp_path, ROW, '2.b,"' + "x" * (MAX_CHARACTERS + 1)))
    assert [entry.title for entry in entries] == ["A title"]
    assert [note.reason for note in notes] == ["broken table"]


def test_files_about_readers_are_not_read(tmp_path: Path) -> None:
    export(tmp_path, ROW)
    (tmp_path / "email_list.a.csv").write_text("email\nreader@mail.example\n")
    (tmp_path / "posts" / "1.opens.csv").write_text("email\nreader@mail.example\n")
    assert "mail.example" not in str(read(KIND, tmp_path))


def test_an_export_is_read_from_an_archive(tmp_path: Path) -> None:
    export(tmp_path, ROW)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for file in (tmp_path / "posts.csv", tmp_path / "posts" / "1.a-slug.html"):
            archive.write(file, f"export/{file.relative_to(tmp_path)}")
    assert KIND.detect(open_files(tmp_path / "export.zip")) is not None
    assert [str(entry.place) for entry in read(KIND, tmp_path / "export.zip")[0]] == ["export/posts/1.a-slug.html"]
