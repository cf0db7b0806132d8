"""Tables in CSV and TSV → entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Entry, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.csv import KIND
from tests.ingest.reading import check_golden, read

GOLDEN = Path(__file__).parent / "golden" / "csv"


def table(tmp_path: Path, text: str, name: str = "posts.csv", encoding: str = "utf-8") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    return file


def entries(tmp_path: Path, text: str, **options: object) -> list[Entry]:
    return read(KIND, table(tmp_path, text), **options)[0]


def broken(location: Path) -> list[int | None]:
    return [note.place.line for note in read(KIND, location)[1] if note.severity is Severity.BROKEN]


def test_a_table_is_read_as_its_golden_file_says() -> None:
    check_golden(KIND, GOLDEN / "articles.csv", GOLDEN / "articles.expected")


def test_a_table_is_detected_by_its_columns() -> None:
    evidence = KIND.detect(open_files(GOLDEN / "articles.csv"))
    assert evidence is not None
    assert evidence.certainty is Certainty.LIKELY
    assert "with the column Headline" in evidence.because


def test_a_table_without_a_title_is_only_possible(tmp_path: Path) -> None:
    evidence = KIND.detect(open_files(table(tmp_path, "a,b\n1,2\n")))
    assert evidence is not None
    assert evidence.certainty is Certainty.POSSIBLE


def test_a_folder_with_other_files_is_no_table(tmp_path: Path) -> None:
    table(tmp_path, "title\nA\n")
    (tmp_path / "post.md").write_text("# A", encoding="utf-8")
    assert KIND.detect(open_files(tmp_path)) is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["title", "body", "date"], ['"A, b; c | d"', "Text, and text", "2020-01-02"], ["E", "F", "2020-01-03"]]
    found = entries(tmp_path, "\n".join(delimiter.join(f'"{cell.strip(chr(34))}"' for cell in row) for row in rows))
    assert [(entry.title, entry.date) for entry in found] == [("A, b; c | d", "2020-01-02"), ("E", "2020-01-03")]


def test_the_line_by_which_spreadsheets_name_the_delimiter_is_no_header(tmp_path: Path) -> None:
    assert [entry.title for entry in entries(tmp_path, "sep=;\ntitle;body\nA;B\n")] == ["A"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    text = "title,body\r\nGrüße,Über alles\r\n"
    found, notes = read(KIND, table(tmp_path, text, encoding=encoding))
    assert [(entry.title, entry.body.text) for entry in found] == [("Grüße", "Über alles")]
    assert ("not UTF-8" in [note.reason for note in notes]) == (encoding == "cp1252")


def test_old_line_ends_and_zero_bytes_are_read(tmp_path: Path) -> None:
    assert [entry.title for entry in entries(tmp_path, "title,body\rA\0b,B\rC,D\r")] == ["Ab", "C"]


def test_a_cell_may_be_longer_than_the_limit_of_python(tmp_path: Path) -> None:
    assert len(entries(tmp_path, f'title,body\nA,"{"long " * 100_000}"\n')[0].body.text) == 499_999


def test_a_ragged_row_is_told_with_its_line_and_costs_no_other(tmp_path: Path) -> None:
    file = table(tmp_path, 'title,body,date\nA,"two\nlines",2020-01-01\nB,x\nC,x,2020-01-01,more\nD,x,2020-01-01,,\n')
    assert [entry.title for entry in read(KIND, file)[0]] == ["A", "D"]
    assert broken(file) == [4, 5]


def test_a_quote_that_is_not_closed_costs_only_its_row(tmp_path: Path) -> None:
    rows = "".join(f"T{n},x,2020-01-01\n" for n in range(50))
    file = table(tmp_path, f'title,body,date\n"A,x,2020-01-01\n{rows}')
    assert [entry.title for entry in read(KIND, file)[0]] == [f"T{n}" for n in range(50)]
    assert broken(file) == [2]


def test_a_quote_that_is_not_closed_in_the_last_column_costs_only_its_row(tmp_path: Path) -> None:
    file = table(tmp_path, 'title,date,body\nA,2020-01-01,"x\nB,2020-01-02,y\nC,2020-01-03,z\n')
    assert [entry.title for entry in read(KIND, file)[0]] == ["B", "C"]
    assert broken(file) == [2]


def test_quotes_may_be_escaped_by_a_backslash(tmp_path: Path) -> None:
    assert entries(tmp_path, 'title,body\n"A \\"b\\" c","x"\n')[0].title == 'A "b" c'


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Post Title", "title"),
        ("HEADLINE", "title"),
        ("post-content", "body"),
        ("bodyHtml", "body"),
        ("Permalink", "address"),
        ("published_at", "date"),
        ("pubDate", "date"),
        ("Last-Modified", "updated"),
        ("meta description", "teaser"),
        ("by", "authors"),
        ("locale", "language"),
        ("Featured Image", "image"),
    ],
)
def test_columns_are_known_by_their_usual_names(tmp_path: Path, header: str, field: str) -> None:
    name = "name" if field != "title" else "other"
    entry = entries(tmp_path, f"{name},{header},text\nA,2020-01-01,B\n")[0]
    value = getattr(entry, field)
    assert value
    assert "2020-01-01" in str(value)


def test_the_owner_may_name_columns(tmp_path: Path) -> None:
    entry = entries(tmp_path, "title,kop,tekst\nA,B,C\n", fields={"title": "kop", "body": "tekst"})[0]
    assert (entry.title, entry.body.text, entry.extra) == ("B", "C", {})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "kop"}, "no column 'kop'; there are naam, tekst"),
        ({"mood": "naam"}, "no field 'mood'"),
        ({}, "--map title=COLUMN"),
    ],
)
def test_a_column_that_is_not_there_is_an_error_that_says_which_are(
    tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    with pytest.raises(SourceUnreadable, match=reason):
        read(KIND, table(tmp_path, "naam,tekst\nA,B\n"), fields=fields)


def test_what_became_of_columns_is_told(tmp_path: Path) -> None:
    _, notes = read(KIND, table(tmp_path, "headline,views,author_email\nA,7,jo@sea.example\n"))
    assert [(note.severity, note.detail) for note in notes] == [
        (Severity.INFO, "title ← headline; kept as extra: views; left out as private: author_email")
    ]


@pytest.mark.parametrize(
    ("column", "cell", "tags"),
    [
        ("tags", "a; b", ("a", "b")),
        ("tags", "a|b", ("a", "b")),
        ("tags", "a, b", ("a", "b")),
        ("tags", "a, b; c", ("a, b", "c")),
        ("category", "Food, drink", ("Food, drink",)),
        ("tags", '["a", "b, c"]', ("a", "b, c")),
        ("tags", "['a', 'b, c']", ("a", "b, c")),
        ("tags", '{a,"b, c"}', ("a", "b, c")),
        ("tags", "a;;a; ", ("a",)),
        ("tags", "[not a list", ("[not a list",)),
    ],
)
def test_tags_are_split_where_it_is_clear(tmp_path: Path, column: str, cell: str, tags: tuple[str, ...]) -> None:
    quoted = cell.replace('"', '""')
    assert entries(tmp_path, f'title,{column}\nA,"{quoted}"\n')[0].tags == tags


def test_tags_and_categories_are_put_together(tmp_path: Path) -> None:
    assert entries(tmp_path, "title,tags,category\nA,x,y\n")[0].tags == ("x", "y")


@pytest.mark.parametrize(
    ("column", "cell", "status"),
    [
        ("status", "publish", Status.PUBLISHED),
        ("status", "Draft", Status.DRAFT),
        ("post_status", "private", Status.PRIVATE),
        ("is_published", "false", Status.DRAFT),
        ("published", "0", Status.DRAFT),
        ("published", "1", Status.PUBLISHED),
        ("draft", "yes", Status.DRAFT),
        ("date", "2150-01-01", Status.FUTURE),
        ("date", "2150-01-01T00:00:00Z", Status.FUTURE),
        ("post_type", "page", Status.PAGE),
        ("password", "x", Status.PRIVATE),
    ],
)
def test_rows_tell_whether_they_are_published(tmp_path: Path, column: str, cell: str, status: Status) -> None:
    entry = entries(tmp_path, f"title,{column}\nA,{cell}\n")[0]
    assert (entry.status, entry.extra) == (status, {})
    assert entry.date is None or entry.date.startswith("2150")


def test_attachments_and_deleted_rows_are_left_out(tmp_path: Path) -> None:
    found, notes = read(KIND, table(tmp_path, "title,type,status\nA,attachment,\nB,post,trash\nC,post,\n"))
    assert [entry.title for entry in found] == ["C"]
    assert [note.reason for note in notes if note.severity is Severity.LEFT_OUT] == ["attachment", "trash"]


@pytest.mark.parametrize(
    ("header", "row", "identity", "address"),
    [
        ("id,url", "7,https://sea.example/a", "7", "https://sea.example/a"),
        ("url", "https://sea.example/a", "", "https://sea.example/a"),
        ("url", "https://sea.example/?p=3", "?p=3", "https://sea.example/?p=3"),
        ("slug", "a-b", "", "/a-b"),
        ("path", "x/a.html", "", "/x/a.html"),
    ],
)
def test_ids_are_of_the_table_or_of_the_address(
    tmp_path: Path, header: str, row: str, identity: str, address: str
) -> None:
    entry = entries(tmp_path, f"title,{header}\nA,{row}\n")[0]
    assert (entry.id, entry.address) == (identity, address)


def test_a_row_without_id_and_address_has_the_same_id_each_time(tmp_path: Path) -> None:
    first, second = entries(tmp_path, "title,date\nA,2020-01-01\nA,2020-01-02\n")
    assert first.id != second.id
    assert first.id == entries(tmp_path, "title,x,date\nA,1,2020-01-01\n")[0].id


def test_slugs_and_pictures_are_of_the_site(tmp_path: Path) -> None:
    entry = entries(tmp_path, "title,slug,image\nA,b,/c.png\n", site_url="https://sea.example/blog")[0]
    assert (entry.address, entry.image) == ("https://sea.example/blog/b", "https://sea.example/c.png")


@pytest.mark.parametrize(
    ("column", "cell", "markup"),
    [
        ("body", "Plain words * and 1 < 2", "plain"),
        ("body", "<p>One</p>", "html"),
        ("body", "One <em>word</em> and", "html"),
        ("body", "# Head", "markdown"),
        ("body", "See [this](https://sea.example)", "markdown"),
        ("body_html", "Words", "html"),
        ("body_markdown", "Words", "markdown"),
    ],
)
def test_markup_is_known_by_column_or_content(tmp_path: Path, column: str, cell: str, markup: str) -> None:
    assert entries(tmp_path, f'title,{column}\nA,"{cell}"\n')[0].body.format == markup


def test_a_title_is_in_the_markup_of_the_body(tmp_path: Path) -> None:
    found = entries(tmp_path, "title,body\na_b <c>,# X\na_b <c>,<p>X</p>\na_b <c>,X\n")
    assert [entry.title for entry in found] == [r"a\_b \<c\>", "a_b &lt;c&gt;", "a_b <c>"]


def test_rich_text_in_a_cell_becomes_html(tmp_path: Path) -> None:
    cell = (
        '{""type"":""doc"",""content"":[{""type"":""paragraph"",""content"":[{""type"":""text"",""text"":""A & b""}]}]}'
    )
    assert entries(tmp_path, f'title,body\nA,"{cell}"\n')[0].body.text == "<p>A &amp; b</p>\n"


def test_extra_columns_are_kept_unless_they_are_long(tmp_path: Path) -> None:
    assert entries(tmp_path, f"title,views,log\nA,7,{'x' * 3_000}\n")[0].extra == {"views": "7"}


def test_a_table_of_a_million_columns_is_an_error(tmp_path: Path) -> None:
    file = table(tmp_path, ",".join(f"c{n}" for n in range(1_000_000)) + "\n1\n")
    with pytest.raises(SourceUnreadable, match="1,000,000 columns"):
        read(KIND, file)
    evidence = KIND.detect(open_files(file))
    assert evidence is not None
    assert evidence.certainty is Certainty.POSSIBLE


def test_a_file_of_one_endless_line_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no column"):
        read(KIND, table(tmp_path, "x" * 20_000_000))


def test_many_quotes_that_are_not_closed_take_linear_time(tmp_path: Path) -> None:
    file = table(tmp_path, "title,body,date\n" + '"a,b\n' * 20_000)
    assert read(KIND, file)[0] == []


def test_a_table_of_many_rows_that_are_too_short_for_posts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("title\na\n" + "a\n" * 250_000, encoding="utf-8")
    with pytest.raises(SourceUnreadable, match="these are no posts"):
        read(KIND, file)
