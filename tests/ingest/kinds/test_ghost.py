from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Entry, Format, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Options
from semsearch.ingest.kinds import ghost
from semsearch.ingest.kinds.ghost import KIND
from tests.ingest.reading import read

POST = {"id": "1", "slug": "a", "title": "A", "html": "<p>Text.</p>", "status": "published", "visibility": "public"}


def export(folder: Path, posts: list[dict[str, Any]], *, is_wrapped: bool = True, **tables: Any) -> Path:
    file = folder / "blog.ghost.json"
    content = {"meta": {"exported_on": 1, "version": "5.0.0"}, "data": {"posts": posts, **tables}}
    file.write_text(json.dumps({"db": [content]} if is_wrapped else content))
    return file


def only(folder: Path, site_url: str = "", **changes: Any) -> Entry:
    (entry,), _ = read(KIND, export(folder, [POST | changes]), site_url=site_url)
    return entry


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_both_forms_are_read(tmp_path: Path, is_wrapped: bool) -> None:
    file = export(tmp_path, [POST], is_wrapped=is_wrapped)
    assert KIND.detect(open_files(file)) is not None
    assert [entry.title for entry in read(KIND, file)[0]] == ["A"]


def test_an_export_is_read_from_an_archive(tmp_path: Path) -> None:
    file = export(tmp_path, [POST])
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(file, "blog/data.json")
    assert [str(entry.place) for entry in read(KIND, tmp_path / "export.zip")[0]] == ["blog/data.json"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.PUBLISHED),
        ({"status": "draft"}, Status.DRAFT),
        ({"status": "scheduled"}, Status.FUTURE),
        ({"status": "sent"}, Status.PRIVATE),
        ({"visibility": "members"}, Status.PRIVATE),
        ({"visibility": "paid"}, Status.PRIVATE),
        ({"visibility": "tiers"}, Status.PRIVATE),
        ({"visibility": None}, Status.PUBLISHED),
        ({"type": "page"}, Status.PAGE),
        ({"page": 1}, Status.PAGE),
    ],
)
def test_the_status_is_what_readers_see(tmp_path: Path, changes: dict[str, Any], status: Status) -> None:
    assert only(tmp_path, **changes).status is status


@pytest.mark.parametrize(("site_url", "base"), [("", ""), ("https://blog.example", "https://blog.example")])
def test_the_address_of_the_site_is_filled_in(tmp_path: Path, site_url: str, base: str) -> None:
    entry = only(
        tmp_path,
        site_url,
        html='<a href="__GHOST_URL__/b/">b</a>',
        feature_image="__GHOST_URL__/i.jpg",
        canonical_url="__GHOST_URL__/old/",
    )
    assert entry.address == f"{base}/a/"
    assert entry.body.text == f'<a href="{base}/b/">b</a>'
    assert (entry.image, entry.aliases) == (f"{base}/i.jpg", (f"{base}/old/",))


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2020-01-01T10:00:00.000Z", "2020-01-01T10:00:00+00:00"),
        ("2020-01-01 10:00:00", "2020-01-01T10:00:00+00:00"),
        (1577872800000, "2020-01-01T10:00:00+00:00"),
        (None, None),
    ],
)
def test_dates_are_in_utc(tmp_path: Path, written: Any, date: str | None) -> None:
    assert only(tmp_path, published_at=written).date == date


def test_tags_and_authors_come_in_their_order_without_internal_tags(tmp_path: Path) -> None:
    file = export(
        tmp_path,
        [POST],
        tags=[{"id": "x", "name": "Second"}, {"id": "y", "name": "First"}, {"id": "z", "name": "#hidden"}],
        users=[{"id": "u", "name": "Anna"}, {"id": "v", "name": "bob@mail.example"}],
        posts_tags=[{"post_id": "1", "tag_id": tag, "sort_order": order} for order, tag in enumerate("zyx")],
        posts_authors=[{"post_id": "1", "author_id": author, "sort_order": 0} for author in "uv"],
    )
    (entry,), _ = read(KIND, file)
    assert (entry.tags, entry.authors) == (("First", "Second"), ("Anna",))


def test_old_exports_name_one_author_in_the_post(tmp_path: Path) -> None:
    file = export(tmp_path, [POST | {"id": 1, "author_id": 2}], users=[{"id": 2, "name": "Anna"}])
    assert read(KIND, file)[0][0].authors == ("Anna",)


def test_secrets_stay_in_the_file(tmp_path: Path) -> None:
    file = export(
        tmp_path,
        [POST | {"email_recipient": "mail@secret", "codeinjection_head": "secret"}],
        users=[{"id": "u", "name": "Anna", "email": "anna@secret", "password": "secret"}],
        posts_authors=[{"post_id": "1", "author_id": "u"}],
        settings=[{"key": "members_private_key", "value": "secret"}],
        integrations=[{"secret": "secret"}],
    )
    assert "secret" not in str(list(KIND.read(open_files(file), Options())))


MOBILEDOC = {
    "version": "0.3.1",
    "atoms": [["soft-return", "", {}]],
    "markups": [["strong"]],
    "cards": [
        ["html", {"html": "<p>raw</p>"}], ["code", {"code": "a < b"}], ["image", {"src": "x", "caption": "Seen"}],
        ["button", {"html": "Buy"}],
    ],
    "sections": [
        [1, "h2", [[0, [], 0, "Head < er"]]],
        [1, "p", [[0, [], 0, "one "], [0, [0], 1, "two"], [1, [], 0, 0], [0, [], 0, "three"]]],
        [3, "ul", [[[0, [], 0, "item"]]]],
        [10, 0], [10, 1], [10, 2], [10, 3], [10, 9], "odd",
    ],
}  # fmt: skip
TEXT = {"type": "text", "text": "b & c"}
LEXICAL = {
    "root": {
        "type": "root",
        "children": [
            {"type": "heading", "tag": "h3", "children": [{"type": "text", "text": "Head"}]},
            {"type": "paragraph", "children": [TEXT, {"type": "linebreak"}, TEXT]},
            {"type": "list", "tag": "ol", "children": [{"type": "listitem", "children": [TEXT]}]},
            {"type": "html", "html": "<p>raw</p>"},
            {"type": "signup", "heading": "Subscribe"},
            {"type": "toggle", "heading": "More", "content": "<p>hidden</p>"},
        ],
    }
}  # fmt: skip


MOBILEDOC_HTML = (
    "<h2>Head &lt; er</h2>\n<p>one two<br>three</p>\n<ul><li>item</li></ul>\n<div><p>raw</p></div>\n"
    "<pre><code>a &lt; b</code></pre>\n<div>Seen</div>"
)
LEXICAL_HTML = (
    "<h3>Head</h3><p>b &amp; c<br>b &amp; c</p><ol><li>b &amp; c</li></ol>"
    "<div><p>raw</p></div><div>More</div><div><p>hidden</p></div>"
)


@pytest.mark.parametrize(
    ("field", "document", "html"),
    [
        ("mobiledoc", MOBILEDOC, MOBILEDOC_HTML),
        ("lexical", LEXICAL, LEXICAL_HTML),
    ],
)
def test_posts_without_html_are_read_from_the_document_of_the_editor(
    tmp_path: Path, field: str, document: Any, html: str
) -> None:
    body = only(tmp_path, html=None, **{field: json.dumps(document)}).body
    assert (body.format, body.text.strip()) == (Format.HTML, html)


def test_a_single_markdown_card_is_markdown(tmp_path: Path) -> None:
    document = {"cards": [["markdown", {"markdown": "## A *b*"}]], "sections": [[10, 0]]}
    body = only(tmp_path, html="", mobiledoc=json.dumps(document)).body
    assert (body.format, body.text) == (Format.MARKDOWN, "## A *b*")


@pytest.mark.parametrize(
    "document", ["", "[]", "{", '{"root": 1}', '{"sections": 1, "cards": 2}', '{"root": ' + '{"children": [' * 5_000]
)
@pytest.mark.parametrize("field", ["lexical", "mobiledoc"])
def test_a_broken_document_leaves_an_empty_body(tmp_path: Path, field: str, document: str) -> None:
    assert only(tmp_path, html=None, **{field: document}).body.text == ""


def test_an_export_cut_off_keeps_the_posts_before(tmp_path: Path) -> None:
    file = export(tmp_path, [POST, POST | {"title": "half"}])
    file.write_text(file.read_text().partition('half"')[0])
    entries, notes = read(KIND, file)
    assert [entry.title for entry in entries] == ["A"]
    assert [(note.severity, note.reason) for note in notes] == [
        (Severity.WARNING, "cut off"),
        (Severity.BROKEN, "cut off"),
    ]


def test_a_file_without_a_readable_post_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"db": [{"meta": {"exported_on": 1}, "data": {"posts": [{')
    with pytest.raises(SourceUnreadable, match="Export it again"):
        read(KIND, tmp_path / "x.json")


@pytest.mark.parametrize("limit", ["MAX_FILE_BYTES", "MAX_ROWS"])
def test_a_file_above_the_limits_is_unreadable(tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ghost, limit, 1)
    with pytest.raises(SourceUnreadable, match=r"it (is larger|has more)"):
        read(KIND, export(tmp_path, [POST], tags=[{"id": "t", "name": "T"}] * 3))
