from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from semsearch.exporting import ExportResult, export_related
from semsearch.exporting.names import file_name
from semsearch.search import Example, RelatedRequest, Searcher
from semsearch.search.results import to_json
from tests.builders import service
from tests.exporting.folders import contents, corpus, names_in, searcher
from tests.search.fakes import planted

CHANGING = ("request_id", "processing_time_ms", "index_version")
STRANGE = ("a/b", "Über uns", "index", "../up", "CON", "😀")


@pytest.fixture(scope="module")
def client(demo_index: Path) -> Iterator[TestClient]:
    """The service over the demo index."""
    with TestClient(service(index=demo_index)) as client:
        yield client


def files_of(*ids: str) -> set[str]:
    return {f"{file_name(post_id)}.{ending}" for post_id in ids for ending in ("json", "html")}


def steady(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in CHANGING}


class _Page(HTMLParser):
    """What a browser makes of a piece of HTML: its elements, and the text in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


# --- what is written --------------------------------------------------------------------------------------------------


def test_each_post_has_two_files_and_an_index_names_them(tmp_path: Path, site: Path) -> None:
    exported = export_related(searcher(tmp_path / "v1", corpus("plain", *STRANGE)), site)
    assert exported == ExportResult(posts=7, written=14, removed=0, empty=0, index_version="v1")
    assert names_in(site) == files_of("plain", *STRANGE) | {"index.json"}
    index = json.loads((site / "index.json").read_text(encoding="utf-8"))
    assert index == {
        "kind": "semsearch related posts",
        "index_version": "v1",
        "posts": {post_id: file_name(post_id) for post_id in ("plain", *STRANGE)},
    }
    for post_id, name in index["posts"].items():
        assert json.loads((site / f"{name}.json").read_text(encoding="utf-8"))["post_id"] == post_id


def test_a_file_equals_the_response_of_the_service_but_for_time_and_version(
    client: TestClient, demo: Searcher, site: Path
) -> None:
    export_related(demo, site)
    posts = json.loads((site / "index.json").read_text(encoding="utf-8"))["posts"]
    assert set(posts) == set(demo.snapshot.documents.ids())
    for post_id, name in posts.items():
        answer = client.get(f"/v1/posts/{post_id}/related").json()
        assert json.loads((site / f"{name}.json").read_text(encoding="utf-8")) == steady(answer)


def test_the_request_sets_how_lists_are_chosen_and_its_examples_are_ignored(five: Searcher, site: Path) -> None:
    request = RelatedRequest(
        positive=(Example(id="a"), Example(text="nobody reads it")),
        negative=(Example(id="b"),),
        limit=2,
        diversity=0.0,
        exclude=("c",),
        explain=True,
    )
    export_related(five, site, request)
    for post_id in "abcde":
        expected = five.related(post_id, limit=2, diversity=0.0, exclude=["c"], explain=True)
        content = json.loads((site / f"{post_id}.json").read_text(encoding="utf-8"))
        assert content == steady(to_json(expected))
        assert len(content["hits"]) == 2


def test_the_html_is_a_list_of_links(tmp_path: Path, site: Path) -> None:
    shared = corpus("a", "b", "c", url="/there", teaser="What it is about.", tags=("water",), authors=("Ann",))
    others = [planted(f"{number}", (-1.0, 0.0, 0.1), title="Same") for number in range(6)]
    found = searcher(tmp_path / "v1", shared + others)
    export_related(found, site, RelatedRequest(positive=(Example(id="a"),), limit=2))
    page = _Page((site / "a.html").read_text(encoding="utf-8"))
    hits = found.related("a", limit=2).hits
    assert [tag for tag, _ in page.elements[:3]] == ["nav", "h2", "ul"]
    assert [link["href"] for link in page.named("a")] == ["/there"] * 2
    assert len(page.named("li")) == len(hits) == 2
    assert [text for text in page.texts if text in "abc"] == [hit.id for hit in hits]
    assert page.texts.count("What it is about.") == 2
    for hit in hits:
        assert hit.reasons[0].text in page.texts


def test_a_list_is_labelled_by_its_heading_on_a_page_with_several(tmp_path: Path, site: Path) -> None:
    export_related(searcher(tmp_path / "v1", corpus("a", "b", *STRANGE)), site)
    ids = []
    for file in site.glob("*.html"):
        page = _Page(file.read_text(encoding="utf-8"))
        (nav,), (heading,) = page.named("nav"), page.named("h2")
        assert nav["aria-labelledby"] == heading["id"]
        assert page.texts[0] == "Related posts"
        ids.append(heading["id"])
    assert len(set(ids)) == len(ids) == 8


def test_the_date_of_a_post_is_shown_if_known(tmp_path: Path, site: Path) -> None:
    posts = [
        *corpus("a"),
        planted("b", (1.0, 0.1, 0.0), date="2024-02-29T23:30:00-08:00"),
        planted("c", (1.0, 0.2, 0.0)),
    ]
    export_related(searcher(tmp_path / "v1", posts), site)
    page = _Page((site / "a.html").read_text(encoding="utf-8"))
    assert len(page.named("li")) == 2
    assert [text for text in page.texts if text.startswith("2024")] == ["2024-02-29"]


def test_the_picture_of_a_post_is_shown_if_it_may_be_loaded(tmp_path: Path, site: Path) -> None:
    posts = [
        *corpus("a"),
        planted("b", (1.0, 0.1, 0.0), image="https://img.example/b.png?x=1&y=2"),
        planted("c", (1.0, 0.2, 0.0), image="javascript:alert(1)"),
        planted("d", (1.0, 0.3, 0.0)),
    ]
    export_related(searcher(tmp_path / "v1", posts), site)
    (picture,) = _Page((site / "a.html").read_text(encoding="utf-8")).named("img")
    assert picture["src"] == "https://img.example/b.png?x=1&y=2"
    assert (picture["alt"], picture["loading"], picture["referrerpolicy"]) == ("", "lazy", "no-referrer")
    assert (picture["width"], picture["height"]) == ("120", "80")


def test_a_long_teaser_is_cut(tmp_path: Path, site: Path) -> None:
    export_related(searcher(tmp_path / "v1", corpus("a", "b", teaser="word " * 80 + "end")), site)
    (teaser,) = [text for text in _Page((site / "a.html").read_text(encoding="utf-8")).texts if "word" in text][:1]
    assert teaser.endswith("word…")
    assert 190 <= len(teaser) <= 200


def test_an_empty_list_is_an_empty_piece_of_html(tmp_path: Path, site: Path) -> None:
    assert export_related(searcher(tmp_path / "v1", corpus("alone")), site).empty == 1
    assert (site / "alone.html").read_text(encoding="utf-8") == "\n"
    content = json.loads((site / "alone.json").read_text(encoding="utf-8"))
    assert content == {"post_id": "alone", "hits": [], "limit": 5}


def test_folders_are_created_and_may_be_strings(five: Searcher, site: Path) -> None:
    assert export_related(five, str(site / "deep" / "down")).posts == 5
    assert names_in(site / "deep/down") == files_of(*"abcde") | {"index.json"}


def test_progress_is_reported_every_hundred_posts(tmp_path: Path, site: Path) -> None:
    told: list[int] = []
    same = [planted(f"{number}", (1.0, 0.0), title="Same") for number in range(250)]
    assert export_related(searcher(tmp_path / "v1", same), site, on_posts=told.append).empty == 250
    assert told == [100, 200]


# --- what a post says is no HTML --------------------------------------------------------------------------------------

HOSTILE = "</a><script>alert(\"1\")</script><img src=x onerror='alert(1)'> & <b>"


@pytest.mark.parametrize("field", ["title", "teaser"])
def test_markup_in_texts_is_escaped(tmp_path: Path, site: Path, field: str) -> None:
    fields: dict[str, Any] = {"title": "b", "url": "/b"} | {field: HOSTILE}
    posts = [*corpus("a"), planted("b", (1.0, 0.1, 0.0), **fields)]
    export_related(searcher(tmp_path / "v1", posts), site)
    page = _Page((site / "a.html").read_text(encoding="utf-8"))
    assert {tag for tag, _ in page.elements} <= {"nav", "h2", "ul", "li", "a", "p"}
    assert HOSTILE in page.texts


def test_markup_in_reasons_is_escaped(tmp_path: Path, site: Path) -> None:
    tags = ("<script>alert(1)</script>",)
    others = [planted(f"{number}", (-1.0, 0.0, 0.1), title="Same") for number in range(6)]
    export_related(searcher(tmp_path / "v1", corpus("a", "b", tags=tags) + others), site)
    page = _Page((site / "a.html").read_text(encoding="utf-8"))
    assert {tag for tag, _ in page.elements} <= {"nav", "h2", "ul", "li", "a", "p"}
    assert any(tags[0] in text for text in page.texts)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "\\\\x",
    ],
)
def test_an_unsafe_url_is_left_out(tmp_path: Path, site: Path, url: str) -> None:
    export_related(searcher(tmp_path / "v1", corpus("a", "b", url=url)), site)
    page = _Page((site / "a.html").read_text(encoding="utf-8"))
    assert page.named("a") == []
    assert "b" in page.texts


@pytest.mark.parametrize("url", ['/a?x=1&y="2"\'><script>', "https://site.example/<b>"])
def test_a_url_cannot_end_its_attribute(tmp_path: Path, site: Path, url: str) -> None:
    export_related(searcher(tmp_path / "v1", corpus("a", "b", url=url)), site)
    page = _Page((site / "a.html").read_text(encoding="utf-8"))
    assert page.named("a") == [{"href": url}]
    assert page.named("script") == page.named("b") == []


# --- a second export --------------------------------------------------------------------------------------------------


def test_a_second_export_writes_nothing(five: Searcher, site: Path) -> None:
    first = export_related(five, site)
    for file in site.iterdir():
        os.utime(file, ns=(1, 1))
    again = export_related(five, site)
    assert (first.written, again.written, again.removed) == (10, 0, 0)
    assert {file.stat().st_mtime_ns for file in site.iterdir()} == {1}


def test_only_files_whose_content_changed_are_written(tmp_path: Path, five: Searcher, site: Path) -> None:
    export_related(five, site)
    before = contents(site)
    for file in site.iterdir():
        os.utime(file, ns=(1, 1))
    posts = corpus(*"abcde")
    changed = [*posts[:4], planted("e", posts[4].whole, title="Another title")]
    exported = export_related(searcher(tmp_path / "v2", changed), site)
    touched = {file.name for file in site.iterdir() if file.stat().st_mtime_ns != 1}
    after = contents(site)
    assert touched == {name for name in after if after[name] != before[name]}
    assert exported.written == len(touched - {"index.json"})
    assert "index.json" in touched  # it names the version
    assert {"e.json", "e.html"}.isdisjoint(touched)


def test_files_of_posts_that_are_gone_are_removed_and_all_others_stay(
    tmp_path: Path, five: Searcher, site: Path
) -> None:
    export_related(five, site)
    for name in ("style.css", "x.json", "x.html", ".keep", "e.txt", "e.json.gz"):
        (site / name).write_text("mine", encoding="utf-8")
    (site / "folder").mkdir()
    exported = export_related(searcher(tmp_path / "v2", corpus(*"abc")), site)
    assert (exported.posts, exported.removed) == (3, 4)
    strangers = {"style.css", "x.json", "x.html", ".keep", "e.txt", "e.json.gz", "folder"}
    assert names_in(site) == files_of(*"abc") | {"index.json"} | strangers
    assert (site / "x.json").read_text(encoding="utf-8") == "mine"


def test_files_that_were_already_removed_are_no_error(tmp_path: Path, five: Searcher, site: Path) -> None:
    export_related(five, site)
    (site / "e.html").unlink()
    (site / "a.json").unlink()
    exported = export_related(searcher(tmp_path / "v2", corpus(*"abcd")), site)
    assert exported.removed == 1
    assert names_in(site) == files_of(*"abcd") | {"index.json"}


def test_a_post_that_comes_back_has_its_files_again(tmp_path: Path, five: Searcher, site: Path) -> None:
    export_related(five, site)
    before = contents(site)
    export_related(searcher(tmp_path / "v2", corpus(*"abcd")), site)
    export_related(five, site)
    assert contents(site) == before
