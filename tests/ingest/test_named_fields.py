"""Fields whose names the owner gave (``--map``), in every kind that has fields with names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import InvalidRequest, SourceUnreadable
from semsearch.ingest.entries import Entry, Severity
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Options
from semsearch.ingest.kinds import kinds
from semsearch.ingest.markup import plain_title
from semsearch.ingest.run import Request, ingest
from semsearch.ingest.sources import parse_source
from tests.ingest.site_examples import write

TEXT = "The tide was out, and the harbour lay dry until the evening."
VALUES = {
    "ref": "own-7",
    "headline": "Low tide",
    "lead": "A day without water.",
    "where": "/shore/low-tide/",
    "when": "2021-03-04",
    "changed": "2022-05-06",
    "labels": "sea",
    "writer": "Ada Winter",
    "speech": "fr",
    "saga": "Harbours",
    "picture": "https://example.org/tide.png",
}
FIELDS = {
    "id": "ref", "title": "headline", "teaser": "lead", "permalink": "where", "date": "when", "updated": "changed",
    "tags": "labels", "authors": "writer", "language": "speech", "series": "saga", "image": "picture",
}  # fmt: skip


def _front_matter(values: Mapping[str, str], **more: str) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in {**values, **more}.items())
    return f"---\n{lines}---\n\n{TEXT}\n"


def _headers(values: Mapping[str, str]) -> str:
    return "".join(f"{key.capitalize()}: {value}\n" for key, value in values.items()) + f"\n{TEXT}\n"


def _xml(values: Mapping[str, str], prefix: str = "own:") -> str:
    return "".join(f"<{prefix}{key}>{value}</{prefix}{key}>" for key, value in values.items())


def _rss(values: Mapping[str, str]) -> dict[str, str]:
    item = f"<item><link>https://example.org/a/</link><description>{TEXT}</description>{_xml(values)}</item>"
    head = '<rss version="2.0" xmlns:own="https://example.org/ns"><channel><title>Feed</title>'
    return {"feed.xml": f"{head}{item}</channel></rss>"}


def _atom(values: Mapping[str, str]) -> dict[str, str]:
    entry = f'<entry><id>urn:a</id><link href="https://example.org/a/"/><content>{TEXT}</content>{_xml(values)}</entry>'
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:own="https://example.org/ns"><title>Feed</title>'
    return {"feed.xml": f"{head}{entry}</feed>"}


def _json_feed(values: Mapping[str, str]) -> dict[str, str]:
    item = {"id": "a", "url": "https://example.org/a/", "content_text": TEXT, **values}
    return {"feed.json": json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [item]})}


def _wordpress(values: Mapping[str, str]) -> dict[str, str]:
    metas = "".join(
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
        for key, value in values.items()
    )
    item = (
        f"<item><title>Old</title><link>https://example.org/a/</link><content:encoded><![CDATA[{TEXT}]]></content:encoded>"
        f"<wp:post_type>post</wp:post_type><wp:status>publish</wp:status>{metas}</item>"
    )
    head = (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
    )
    return {"export.xml": f"{head}{item}</channel></rss>"}


def _ghost(values: Mapping[str, str]) -> dict[str, str]:
    post = {"id": "1", "title": "Old", "slug": "a", "html": f"<p>{TEXT}</p>", "status": "published", **values}
    return {"ghost.json": json.dumps({"db": [{"meta": {"exported_on": 1}, "data": {"posts": [post]}}]})}


def _substack(values: Mapping[str, str]) -> dict[str, str]:
    names = ["post_id", "is_published", "title", *values]
    cells = ["1.a", "true", "Old", *values.values()]
    return {"posts.csv": f"{','.join(names)}\n{','.join(cells)}\n", "posts/1.a.html": f"<p>{TEXT}</p>"}


def _blogger(values: Mapping[str, str]) -> dict[str, str]:
    entry = (
        "<entry><id>tag:post-1</id><blogger:type>POST</blogger:type><title>Old</title>"
        f'<content type="html">{TEXT}</content>{_xml(values)}</entry>'
    )
    head = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:blogger="http://schemas.google.com/blogger/2018" '
        'xmlns:own="https://example.org/ns">'
    )
    return {"feed.atom": f"{head}{entry}</feed>"}


def _notion(values: Mapping[str, str]) -> dict[str, str]:
    number = "0123456789abcdef0123456789abcdef"
    lines = "".join(f"{key.capitalize()}: {value}\n" for key, value in {"Tags": "none", **values}.items())
    return {f"Old {number}.md": f"# Old\n\n{lines}\n{TEXT}\n"}


def _csv(values: Mapping[str, str]) -> dict[str, str]:
    return {"posts.csv": f"body,{','.join(values)}\n{TEXT.replace(',', '')},{','.join(values.values())}\n"}


def _html(values: Mapping[str, str]) -> dict[str, str]:
    spans = "".join(f'<span class="{key}">{value}</span>' for key, value in values.items())
    return {
        "a.html": f"<html><head><title>Old</title></head><body>{spans}<article><p>{TEXT}</p></article></body></html>"
    }


SOURCES: dict[str, tuple[str, Callable[[Mapping[str, str]], dict[str, str]]]] = {
    "hugo": ("hugo", lambda v: {"hugo.toml": "", "content/posts/a.md": _front_matter(v)}),
    "jekyll": ("jekyll", lambda v: {"_config.yml": "title: x", "_posts/2020-01-01-a.md": _front_matter(v)}),
    "eleventy": ("eleventy", lambda v: {".eleventy.js": "", "a.md": _front_matter(v, tags="post")}),
    "zola": ("zola", lambda v: {"config.toml": 'base_url = ""', "content/a.md": _front_matter(v)}),
    "astro": ("astro", lambda v: {"astro.config.mjs": "", "src/content/blog/a.md": _front_matter(v)}),
    "docusaurus": ("docusaurus", lambda v: {"docusaurus.config.js": "", "blog/2020-01-01-a.md": _front_matter(v)}),
    "mkdocs": ("mkdocs", lambda v: {"mkdocs.yml": "site_name: x", "docs/a.md": _front_matter(v)}),
    "mkdocs blog": (
        "mkdocs",
        lambda v: {"mkdocs.yml": "site_name: x\nplugins: [blog]", "docs/blog/posts/a.md": _front_matter(v)},
    ),
    "pelican": ("pelican", lambda v: {"pelicanconf.py": "PATH = 'content'", "content/a.md": _headers(v)}),
    "markdown": ("markdown", lambda v: {"notes/a.md": _front_matter(v)}),
    "RSS": ("feed", _rss),
    "Atom": ("feed", _atom),
    "JSON Feed": ("feed", _json_feed),
    "wordpress": ("wordpress", _wordpress),
    "ghost": ("ghost", _ghost),
    "substack": ("substack", _substack),
    "blogger": ("blogger", _blogger),
    "notion": ("notion", _notion),
    "csv": ("csv", _csv),
    "json": ("json", lambda v: {"posts.json": json.dumps([{"body": TEXT, **v}])}),
}


def read(source: str, folder: Path, values: Mapping[str, str], fields: Mapping[str, str]) -> Entry:
    kind_name, files = SOURCES[source]
    write(folder, files(values))
    records = kinds()[kind_name].read(open_files(folder), Options(fields=fields))
    [entry] = [record for record in records if isinstance(record, Entry)]
    return entry


def shown(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": plain_title(entry.title, entry.body.format),
        "teaser": entry.teaser and entry.teaser.text,
        "permalink": entry.address,
        "date": entry.date,
        "updated": entry.updated,
        "tags": ", ".join(entry.tags),
        "authors": ", ".join(entry.authors),
        "language": entry.language,
        "series": entry.series,
        "image": entry.image,
    }


@pytest.mark.parametrize("source", SOURCES)
def test_every_field_is_read_under_the_name_that_the_owner_gave(source: str, tmp_path: Path) -> None:
    entry = read(source, tmp_path, VALUES, FIELDS)
    actual = shown(entry)
    actual["permalink"] = actual["permalink"].removeprefix("https://example.org")
    assert actual == {name: VALUES[FIELDS[name]] for name in FIELDS}
    assert entry.named == frozenset(FIELDS)


def test_html_pages_are_read_by_selectors(tmp_path: Path) -> None:
    write(tmp_path, _html(VALUES))
    fields = {name: f".{key}" for name, key in FIELDS.items()}
    [entry] = [r for r in kinds()["html"].read(open_files(tmp_path), Options(fields=fields)) if isinstance(r, Entry)]
    assert shown(entry) == {name: VALUES[FIELDS[name]] for name in FIELDS}
    assert entry.named == frozenset(FIELDS)


@pytest.mark.parametrize("source", SOURCES)
def test_a_name_without_a_value_changes_nothing(source: str, tmp_path: Path) -> None:
    values = {} if source not in ("csv", "json", "pelican") else {"title": "Old", "date": "2020-01-01"}
    plain = read(source, tmp_path / "plain", {"title": "Old"} | values, {})
    if source in ("csv", "json"):
        with pytest.raises(SourceUnreadable, match="nowhere"):
            read(source, tmp_path / "mapped", {"title": "Old"} | values, {"title": "nowhere"})
        return
    mapped = read(source, tmp_path / "mapped", {"title": "Old"} | values, dict.fromkeys(FIELDS, "nowhere"))
    assert shown(mapped) == shown(plain)
    assert not mapped.named


@pytest.mark.parametrize("source", [name for name in SOURCES if name not in ("csv", "json")])
def test_a_body_is_read_under_another_name(source: str, tmp_path: Path) -> None:
    values = {"title": "Old", "date": "2020-01-01", "story": "Another text"}
    assert read(source, tmp_path, values, {"body": "story"}).body.text.strip() == "Another text"


def test_a_title_keeps_its_signs_where_the_body_has_another_markup(tmp_path: Path) -> None:
    entry = read("ghost", tmp_path, {"title": "Salt & *pepper*", "story": "One *two*\n\n- a\n- b\n"}, {"body": "story"})
    assert plain_title(entry.title, entry.body.format) == "Salt & *pepper*"


def test_authors_are_not_split_at_commas_but_tags_are(tmp_path: Path) -> None:
    values = {"writer": "Ada Winter, Editor; Bo Lund", "labels": "sea, ships; salt"}
    entry = read("ghost", tmp_path, values, {"authors": "writer", "tags": "labels"})
    assert entry.authors == ("Ada Winter, Editor", "Bo Lund")
    assert entry.tags == ("sea", "ships", "salt")


def test_elements_that_recur_are_several_values(tmp_path: Path) -> None:
    write(
        tmp_path, {"feed.xml": _rss({})["feed.xml"].replace("</item>", _xml({"k": "a"}) + _xml({"k": "b"}) + "</item>")}
    )
    records = kinds()["feed"].read(open_files(tmp_path), Options(fields={"tags": "own:k"}))
    [entry] = [record for record in records if isinstance(record, Entry)]
    assert entry.tags == ("a", "b")


def test_an_attribute_of_an_element_is_named_with_a_dot(tmp_path: Path) -> None:
    media = '<own:shot href="https://example.org/shot.png"/></item>'
    write(tmp_path, {"feed.xml": _rss({})["feed.xml"].replace("</item>", media)})
    records = kinds()["feed"].read(open_files(tmp_path), Options(fields={"image": "shot.href"}))
    [entry] = [record for record in records if isinstance(record, Entry)]
    assert entry.image == "https://example.org/shot.png"


def test_an_impossible_date_under_another_name_is_said(tmp_path: Path) -> None:
    write(tmp_path, _ghost({"when": "soon"}))
    records = list(kinds()["ghost"].read(open_files(tmp_path), Options(fields={"date": "when"})))
    assert [r.reason for r in records if not isinstance(r, Entry)] == ["impossible date"]


def test_medium_refuses_names_of_fields(tmp_path: Path) -> None:
    write(tmp_path, {"posts/a-0123456789ab.html": '<article class="h-entry"></article>'})
    with pytest.raises(InvalidRequest, match="no fields to name"):
        list(kinds()["medium"].read(open_files(tmp_path), Options(fields={"title": "x"})))


@pytest.mark.parametrize("source", ["hugo", "wordpress", "ghost"])
def test_a_name_that_no_post_has_is_a_warning(source: str, tmp_path: Path) -> None:
    kind_name, files = SOURCES[source]
    write(tmp_path / "site", files({"title": "Old"}))
    request = Request(parse_source(f"{kind_name}:{tmp_path / 'site'}"), fields={"title": "titel", "date": "title"})
    [report] = ingest([request], tmp_path / "corpus", dry_run=True)
    details = [note.detail for note in report.warnings if note.severity is Severity.WARNING]
    assert "no post has 'titel', which is named for title" in details
    assert not any("named for date" in detail for detail in details)
