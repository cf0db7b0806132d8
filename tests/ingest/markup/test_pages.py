"""Built pages → main part and metadata."""

from __future__ import annotations

import json

import pytest

from semsearch.errors import InvalidRequest
from semsearch.ingest.entries import Format, Markup
from semsearch.ingest.markup import main_content, read

TEXT = "<p>The post has a paragraph with many words.</p><p>And it has another one of the same length.</p>"


def page(head: str = "", body: str = TEXT, html: str = "<html>") -> str:
    return f"<!doctype html>{html}<head>{head}</head><body>{body}</body></html>"


def text_of(body: str) -> str:
    return read(Markup(main_content(page(body=body)).html, Format.HTML)).text


PLAIN = "The post has a paragraph with many words.\n\nAnd it has another one of the same length."


@pytest.mark.parametrize(
    "body",
    [
        f"<nav>menu</nav><main>{TEXT}</main><footer>foot</footer>",
        f"<header><h1>Site</h1></header><article>{TEXT}</article><aside>links</aside>",
        f"<div role=navigation>menu</div><div role=main>{TEXT}</div>",
        f"<main><div>latest posts</div><article>{TEXT}</article></main>",
        f"<main><article><header><h1>T</h1><p>By A</p></header>{TEXT}</article></main>",
        f"<article><div class='entry-content'>{TEXT}</div><p>Filed under x</p></article>",
        f"<div class=menu><ul><li><a href=x>One link</a><li><a href=y>Another link</a></ul></div><div>{TEXT}</div>",
        f"<main>{TEXT}<div class='share-buttons'>Share</div><section id=comments>Nice!</section></main>",
        f"<main>{TEXT}<div class=related-posts><h2>Related</h2></div><form>Subscribe</form></main>",
        f"<main><div class='post-meta'>By A</div>{TEXT}<div class='cookie-consent'>OK?</div></main>",
        f"<main class='has-sidebar social'>{TEXT}<nav class=pagination>next</nav></main>",
    ],
)
def test_main_part_is_the_post_alone(body: str) -> None:
    assert text_of(body) == PLAIN


def test_sections_in_headers_and_code_with_a_class_stay() -> None:
    body = (
        f"<main>{TEXT}<section><header><h2>B</h2></header><pre><span class='comment'># c</span></pre></section></main>"
    )

    assert text_of(body) == f"{PLAIN}\n\nB\n\n# c"


def test_selector_names_the_main_part() -> None:
    body = f"<main>{TEXT}</main><div id=mine>own</div>"

    assert main_content(page(body=body), "#mine").html == '<div id="mine">own</div>'
    assert main_content(page(body=body), "#other").html == ""
    with pytest.raises(InvalidRequest, match="selector"):
        main_content(page(body=body), "p[[")


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Post – Site</title><meta property=og:title content=Post>", "", "Post"),
        ("<title>Post | Site</title>", "", "Post"),
        ("<title>Post - Site</title><meta property=og:site_name content=Site>", "", "Post"),
        ("<title>Site: Post</title><meta property=og:site_name content=Site>", "", "Post"),
        ("<title>Site » Post - x</title><meta property=og:site_name content=Site>", "", "Post - x"),
        ("<title>A - B</title>", "", "A - B"),
        (
            "<title>Post - Site</title>",
            "<h1>Site</h1><main><h1>Post <a href=#>¶</a></h1></main>",
            "Post",
        ),
        ("", "<h1>Post</h1>", "Post"),
        ("<meta property=og:title content='Post &amp; Site'>", "", "Post & Site"),
        ("", "", ""),
    ],
)
def test_title_is_without_the_name_of_the_site(head: str, body: str, title: str) -> None:
    assert main_content(page(head, body)).title == title


def test_metadata_of_open_graph_is_read() -> None:
    head = (
        '<link rel="canonical" href="/p/"><meta property="article:published_time" content="2024-01-02T03:04:05Z">'
        '<meta property="article:modified_time" content="2024-2-3"><meta property="article:tag" content="a">'
        '<meta property="article:tag" content="b"><meta property="article:tag" content="a">'
        '<meta name="author" content="Ann">'
        '<meta property="og:image" content="i.png"><meta name="description" content="About &quot;it&quot;">'
        '<meta property="og:locale" content="pt_BR"><meta name="ROBOTS" content="NOINDEX, follow">'
    )
    content = main_content(page(head))

    assert (content.canonical, content.date, content.updated) == ("/p/", "2024-01-02T03:04:05+00:00", "2024-02-03")
    assert (content.tags, content.authors, content.image) == (("a", "b"), ("Ann",), "i.png")
    assert (content.description, content.language, content.is_noindex) == ('About "it"', "pt_BR", True)


def test_metadata_of_json_ld_is_read() -> None:
    things = {
        "@graph": [
            {"@type": "WebSite", "name": "Site", "datePublished": "1999-01-01"},
            {
                "@type": ["BlogPosting"],
                "datePublished": "2024-01-02",
                "dateModified": "2024-02-03",
                "author": [{"@type": "Person", "name": "Ann"}, {"name": "Bob"}, {"url": "https://example.org/c"}],
                "keywords": "a, b",
                "image": {"url": "i.png"},
            },
        ]
    }
    content = main_content(page(f'<script type="application/ld+json">{json.dumps(things)}</script>'))

    assert (content.date, content.updated, content.image) == ("2024-01-02", "2024-02-03", "i.png")
    assert (content.tags, content.authors) == (("a", "b"), ("Ann", "Bob"))


@pytest.mark.parametrize(
    "script", ["{", "[" * 100_000, "1", "null", '{"@type": 5, "@graph": 7}', '{"@type":"Article"}']
)
def test_json_ld_that_says_nothing_is_skipped(script: str) -> None:
    content = main_content(page(f'<script type="application/ld+json">{script}</script>'))

    assert (content.date, content.tags, content.authors) == (None, (), ())


def test_marks_in_the_text_are_read() -> None:
    body = (
        f"<article><time class=updated datetime=2024-02-03>x</time><time datetime=2024-01-02>y</time>{TEXT}"
        "<a rel=author href=/a>Ann</a><a rel='tag' href=/t>#one</a><a rel=tag href=/u>two</a></article>"
    )
    content = main_content(page(body=body, html="<html lang='de-AT'>"))

    assert (content.date, content.updated, content.language) == ("2024-01-02", "2024-02-03", "de-AT")
    assert (content.authors, content.tags) == (("Ann",), ("one", "two"))


def test_microformats_are_read() -> None:
    body = (
        f"<article>{TEXT}<abbr class=published title=2024-01-02T00:00:00Z>x</abbr>"
        "<address class='vcard author'>By <a class='url fn' href=/a>Ann</a></address></article>"
    )
    content = main_content(page(body=body))

    assert (content.date, content.authors) == ("2024-01-02T00:00:00+00:00", ("Ann",))


@pytest.mark.parametrize(
    ("content", "target"), [("0; url=/new/", "/new/"), ("0;URL='https://x/y'", "https://x/y"), ("30", ""), ("", "")]
)
def test_redirect_of_a_stub_is_read(content: str, target: str) -> None:
    assert main_content(f'<meta http-equiv="Refresh" content="{content}">').refresh == target


def test_page_without_anything_is_empty() -> None:
    content = main_content("")

    assert (content.title, content.date, content.language, content.is_noindex) == ("", None, None, False)
