"""Tables in JSON and JSON lines → entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Entry, Format, Severity
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.json_table import KIND
from semsearch.ingest.report import SourceReport
from semsearch.ingest.run import Request, ingest
from semsearch.ingest.sources import parse_source
from tests.ingest.reading import check_golden, read

GOLDEN = Path(__file__).parent / "golden" / "json"


def table(tmp_path: Path, value: Any, name: str = "posts.json") -> Path:
    file = tmp_path / name
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return file


def entries(tmp_path: Path, value: Any, **options: object) -> list[Entry]:
    return read(KIND, table(tmp_path, value), **options)[0]


def titles(tmp_path: Path, value: Any, **options: object) -> list[str]:
    return [entry.title for entry in entries(tmp_path, value, **options)]


@pytest.mark.parametrize("name", ["graph.json", "posts.jsonl"])
def test_a_table_is_read_as_its_golden_file_says(name: str) -> None:
    check_golden(KIND, GOLDEN / name, GOLDEN / f"{name}.expected")


def test_a_table_is_detected_by_its_keys(tmp_path: Path) -> None:
    evidence = KIND.detect(open_files(table(tmp_path, [{"headline": "A"}])))
    assert evidence is not None
    assert evidence.certainty is Certainty.LIKELY
    assert evidence.because == "posts.json is a table with the column headline"
    assert KIND.detect(open_files(table(tmp_path, [1, 2]))) is None


@pytest.mark.parametrize(
    "value",
    [
        [{"title": "A"}, {"title": "B"}],
        {"posts": [{"title": "A"}, {"title": "B"}]},
        {"data": {"posts": [{"title": "A"}, {"title": "B"}], "tags": [{"name": str(n)} for n in range(9)]}},
        {"data": {"posts": {"edges": [{"node": {"title": "A"}}, {"node": {"title": "B"}}]}}},
        {"data": [{"id": 1, "attributes": {"title": "A"}}, {"id": 2, "attributes": {"title": "B"}}]},
        {"items": [{"sys": {"id": "x"}, "fields": {"title": {"en-US": "A"}}}, {"fields": {"title": {"en-US": "B"}}}]},
        [{"title": {"rendered": "A"}}, {"title": {"rendered": "B"}}],
        '{"title": "A"}\n{"title": "B"}\n',
        '{"title": "A"} {"title": "B"}',
        '\ufeff[\n{"title": "A"},\n{"title": "B"}\n]\n',
    ],
)
def test_posts_are_found_wherever_they_are(tmp_path: Path, value: Any) -> None:
    assert titles(tmp_path, value) == ["A", "B"]


def test_a_file_may_be_one_post(tmp_path: Path) -> None:
    table(tmp_path, {"title": "B", "tags": ["x"], "body": [{"type": "p", "children": [{"text": "Hi"}]}]}, "b.json")
    table(tmp_path, {"title": "A", "body": "Ho", "comments": [{"text": "No"}, {"text": "Yes"}]}, "a.json")
    found, notes = read(KIND, tmp_path)
    assert [(entry.title, entry.body.text, entry.tags) for entry in found] == [
        ("A", "Ho", ()),
        ("B", "<p>Hi</p>\n", ("x",)),
    ]
    assert {note.severity for note in notes} == {Severity.INFO}


def test_the_owner_may_name_keys_also_inside_of_others(tmp_path: Path) -> None:
    value = [{"kop": {"nl": {"tekst": "A"}}, "title": "wrong"}]
    assert titles(tmp_path, value, fields={"title": "kop.nl.tekst"}) == []
    assert titles(tmp_path, [{"kop": {"tekst": "A"}, "title": "B"}], fields={"title": "kop.tekst"}) == ["A"]


def test_a_file_without_objects_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no objects"):
        read(KIND, table(tmp_path, [1, 2]))


def test_objects_without_a_title_are_an_error_that_lists_their_keys(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="'a', 'b'"):
        read(KIND, table(tmp_path, [{"a": 1, "b": 2}]))


def test_an_array_cut_off_keeps_what_was_whole(tmp_path: Path) -> None:
    found, notes = read(KIND, table(tmp_path, '[{"title": "A"},\n{"title": "B"},\n{"tit'))
    assert [entry.title for entry in found] == ["A", "B"]
    assert [(note.place.line, note.severity) for note in notes][1:] == [(3, Severity.BROKEN)]


def test_a_broken_line_costs_no_other(tmp_path: Path) -> None:
    file = table(tmp_path, '{"headline": "A"}\n{"headline": }\n[1]\n{"headline": "B"}\n', "posts.jsonl")
    found, notes = read(KIND, file)
    assert [entry.title for entry in found] == ["A", "B"]
    assert [note.place.line for note in notes if note.severity is Severity.BROKEN] == [2, 3]


def test_a_value_nested_too_deeply_is_told(tmp_path: Path) -> None:
    found, notes = read(KIND, table(tmp_path, '[{"title": "A"}, {"title": ' + "[" * 100_000))
    assert [entry.title for entry in found] == ["A"]
    assert "nested too deeply" in notes[-1].detail


def test_objects_nested_too_deeply_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="nested too deeply"):
        read(KIND, table(tmp_path, '{"a":' * 100_000))


def test_rich_text_nested_deeply_ends(tmp_path: Path) -> None:
    node: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(300):
        node = {"type": "paragraph", "content": [node]}
    assert len(entries(tmp_path, [{"title": "A", "body": {"type": "doc", "content": [node]}}])) == 1


def test_a_long_array_is_read_as_a_stream(tmp_path: Path) -> None:
    rows = ",\n".join(json.dumps({"title": f"T{n}", "content": "Wörter " * 50}) for n in range(5_000))
    found = entries(tmp_path, f"[{rows}]")
    assert [entry.title for entry in found] == [f"T{n}" for n in range(5_000)]
    assert found[-1].place.line == 5_000


def test_numbers_are_ids(tmp_path: Path) -> None:
    assert [entry.id for entry in entries(tmp_path, [{"id": 7, "title": "A"}, {"id": 8.0, "title": "B"}])] == ["7", "8"]


def test_values_are_kept_as_json_holds_them(tmp_path: Path) -> None:
    row = {"title": "A", "views": 7, "nested": {"a": [1]}, "none": None, "api_token": "secret", "long": "x" * 9_000}
    assert entries(tmp_path, [row])[0].extra == {"views": 7, "nested": {"a": [1]}}


def test_our_own_format_passes_unchanged(tmp_path: Path) -> None:
    row = {
        "id": "a b", "title": "<i>x</i> &amp; *y*", "teaser": "<p>", "body": "# Z\n\n<b>q</b>",
        "url": "https://sea.example/a?x=1",
        "date": "2020-01-02", "tags": ["p; q"], "authors": ["jo@sea.example"], "language": "en", "series": "S",
        "email": "e",
    }  # fmt: skip
    (entry,) = read(KIND, table(tmp_path, json.dumps(row), "posts.jsonl"))[0]
    assert (entry.id, entry.title, entry.body.text, entry.body.format) == (
        "a b",
        row["title"],
        row["body"],
        Format.PLAIN,
    )
    assert (entry.teaser and entry.teaser.text, entry.address, entry.tags) == ("<p>", row["url"], ("p; q",))
    assert (entry.authors, entry.series, entry.language) == (("jo@sea.example",), "S", "en")


def test_translations_in_our_own_format_belong_together(tmp_path: Path) -> None:
    rows = [{"id": "a", "title": "A"}, {"id": "b", "title": "B", "translation_of": "a"}]
    found, _ = read(KIND, table(tmp_path, "\n".join(map(json.dumps, rows)), "posts.jsonl"))
    assert [(entry.translation_key, entry.is_original) for entry in found] == [("a", True), ("a", False)]


def own_posts(tmp_path: Path, **fields: Any) -> tuple[dict[str, Any], SourceReport]:
    """Read a post of our own format, and write it again."""
    line = json.dumps({"id": "a", "title": "Tides", "body": "", **fields})
    request = Request(parse_source(str(table(tmp_path, f"{line}\n", "posts.jsonl"))))
    [report] = ingest([request], tmp_path / "corpus")
    return json.loads((tmp_path / "corpus" / "posts.jsonl").read_text(encoding="utf-8")), report


def section_texts(post: dict[str, Any]) -> list[str]:
    return [post["body"][section["start"] : section["end"]] for section in post["sections"]]


@pytest.mark.parametrize("before", ["", "  \n", "Cafe\u0301 ", "A\r\nB\r\n", "bell\x07 ", "Salt &amp; sand.\n\n\n\n"])
def test_sections_of_our_own_format_stay_where_they_were_however_the_body_is_cleaned(
    tmp_path: Path, before: str
) -> None:
    body = f"{before}The sun\n\nThe sun pulls, too."
    sections = [{"title": "The sun", "anchor": "sun", "start": len(before), "end": len(body)}]
    post, report = own_posts(tmp_path, body=body, sections=sections)
    assert section_texts(post) == ["The sun\n\nThe sun pulls, too."]
    assert post["sections"][0]["anchor"] == "sun"
    assert "sections ← sections" in report.understood[0].detail


def test_a_heading_is_no_teaser_of_a_post_of_our_own_format(tmp_path: Path) -> None:
    heading = "How the moon pulls at the sea"
    body = f"{heading}\n\nThe moon pulls at the water of the sea."
    post, _ = own_posts(tmp_path, body=body, sections=[{"title": heading, "start": 0, "end": len(body)}])
    assert post["teaser"] == "The moon pulls at the water of the sea."


@pytest.mark.parametrize("sections", [[{"title": "A", "start": 0, "end": 99}], [{"title": "A"}], "Results", [7]])
def test_wrong_sections_are_said_and_the_post_is_kept(tmp_path: Path, sections: Any) -> None:
    post, report = own_posts(tmp_path, body="The moon pulls.", sections=sections)
    assert (post["body"], "sections" in post) == ("The moon pulls.", False)
    assert [note.reason for note in report.warnings] == ["invalid sections"]


def test_sections_of_a_newspaper_are_no_sections_of_a_text(tmp_path: Path) -> None:
    entry = entries(tmp_path, [{"headline": "A", "content": "B", "sections": ["Sport", "Opinion"]}])[0]
    assert entry.sections == ()


def test_a_table_of_many_rows_that_are_too_short_for_posts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text('{"title":"a"}' * 250_000, encoding="utf-8")
    with pytest.raises(SourceUnreadable, match="these are no posts"):
        read(KIND, file)
