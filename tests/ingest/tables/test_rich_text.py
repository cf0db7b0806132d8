# ruff: noqa: E501  (documents are shown one block a line)
"""Rich text of editors, as JSON → HTML."""

from __future__ import annotations

from typing import Any

import pytest

from semsearch.ingest.tables.rich_text import as_html

TREE = {
    "type": "paragraph",
    "content": [{"type": "text", "text": "A & "}, {"type": "text", "text": "b", "marks": [{"type": "bold"}]}],
}


@pytest.mark.parametrize(
    ("document", "html"),
    [
        pytest.param(
            {"type": "doc", "content": [{"type": "heading", "attrs": {"level": 3}, "content": [{"type": "text", "text": "H"}]}, TREE]},
            "<h3>H</h3>\n<p>A &amp; b</p>\n",
            id="ProseMirror",
        ),
        pytest.param(
            {"nodeType": "document", "content": [
                {"nodeType": "heading-2", "content": [{"nodeType": "text", "value": "H"}]},
                {"nodeType": "unordered-list", "content": [
                    {"nodeType": "list-item", "content": [{"nodeType": "text", "value": "one"}]}]}]},
            "<h2>H</h2>\n<ul><li>one</li>\n</ul>\n",
            id="Contentful",
        ),
        pytest.param(
            [{"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "H"}]},
             {"_type": "block", "style": "normal", "children": [{"_type": "span", "text": "a "}, {"_type": "span", "text": "b"}]},
             {"_type": "block", "listItem": "bullet", "children": [{"_type": "span", "text": "one"}]},
             {"_type": "code", "code": "1 < 2"}],
            "<h2>H</h2>\n<p>a b</p>\n<li>one</li>\n<pre>1 &lt; 2</pre>\n",
            id="Portable Text",
        ),
        pytest.param(
            [{"type": "heading-one", "children": [{"text": "H"}]}, {"children": [{"text": "a"}], "type": "paragraph"}],
            "<h1>H</h1>\n<p>a</p>\n",
            id="Slate",
        ),
        pytest.param(
            {"root": {"type": "root", "children": [
                {"type": "heading", "tag": "h4", "children": [{"type": "text", "text": "H"}]},
                {"type": "paragraph", "children": [{"type": "text", "text": "a"}, {"type": "linebreak"}, {"type": "text", "text": "b"}]},
                {"type": "list", "listType": "number", "children": [{"type": "listitem", "children": [{"type": "text", "text": "1"}]}]}]}},
            "<h4>H</h4>\n<p>a<br>b</p>\n<ol><li>1</li>\n</ol>\n",
            id="Lexical",
        ),
        pytest.param(
            [{"type": "heading", "level": 2, "children": [{"type": "text", "text": "H"}]},
             {"type": "list", "format": "unordered", "children": [{"type": "list-item", "children": [{"type": "text", "text": "x"}]}]}],
            "<h2>H</h2>\n<ul><li>x</li>\n</ul>\n",
            id="Strapi",
        ),
        pytest.param(
            [{"object": "block", "type": "heading_2", "heading_2": {"rich_text": [{"plain_text": "H"}]}},
             {"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"plain_text": "a"}, {"plain_text": "b"}]}}],
            "<h2>H</h2>\n<p>ab</p>\n",
            id="Notion",
        ),
        pytest.param(
            {"time": 1, "version": "2.2", "blocks": [
                {"type": "header", "data": {"text": "H", "level": 3}},
                {"type": "paragraph", "data": {"text": "a <b>b</b>"}},
                {"type": "list", "data": {"style": "ordered", "items": ["x", {"content": "y", "items": [{"content": "z"}]}]}},
                {"type": "code", "data": {"code": "1 < 2"}}, {"type": "delimiter", "data": {}}]},
            "<h3>H</h3>\n<p>a <b>b</b></p>\n<ol><li>x</li><li>y<ul><li>z</li></ul></li></ol>\n<pre>1 &lt; 2</pre>",
            id="Editor.js",
        ),
        pytest.param(
            {"entityMap": {}, "blocks": [{"type": "header-two", "text": "H"}, {"type": "unstyled", "text": "a & b"},
                                         {"type": "unordered-list-item", "text": "x"}]},
            "<h2>H</h2>\n<p>a &amp; b</p>\n<li>x</li>",
            id="Draft.js",
        ),
        pytest.param(
            {"ops": [{"insert": "H"}, {"insert": "\n", "attributes": {"header": 1}}, {"insert": "a "},
                     {"insert": "b", "attributes": {"bold": True}}, {"insert": "\nrest"}, {"insert": {"image": "x"}}]},
            "<h1>H</h1>\n<p>a b</p>\n<p>rest</p>",
            id="Quill",
        ),
        pytest.param(
            {"version": "0.3.1", "markups": [], "atoms": [], "cards": [["html", {"html": "<i>c</i>"}]],
             "sections": [[1, "h2", [[0, [], 0, "H"]]], [3, "ul", [[[0, [], 0, "x"]]]], [10, 0], [99]]},
            "<h2>H</h2>\n<ul><li>x</li></ul>\n<i>c</i>",
            id="Mobiledoc",
        ),
    ],
)  # fmt: skip
def test_the_document_of_an_editor_becomes_html(document: Any, html: str) -> None:
    assert as_html(document) == html


@pytest.mark.parametrize(
    "value", [None, 1, "text", [], {}, ["a"], {"a": 1}, [{"name": "tag"}], {"blocks": [1]}, {"ops": "x"}]
)
def test_other_values_are_no_rich_text(value: Any) -> None:
    assert as_html(value) == ""
