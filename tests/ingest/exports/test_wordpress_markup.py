from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.exports.wordpress_markup import plain_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One\nline.\r\n\r\nTwo.", "<p>One<br>\nline.</p>\n<p>Two.</p>"),
        ("<b>One</b> and\n\n<ul>\n<li>a</li>\n</ul>\nTwo", "<p><b>One</b> and</p><ul><li>a</li></ul><p>Two</p>"),
        ("<p>Kept.</p>\n\nBare.", "<p>Kept.</p><p>Bare.</p>"),
        ("<p>a\nb</p>", "<p>a<br>\nb</p>"),
        ('<a\nhref="x">y</a>', '<p><a\nhref="x">y</a></p>'),
        ("<div>one\n\ntwo</div>", "<div><p>one</p>\n<p>two</p></div>"),
        ("<pre>a\n\nb\n</pre>", "<pre>a\n\nb\n</pre>"),
        ("Text <code>a\n\nb</code> end", "<p>Text <code>a\n\nb</code> end</p>"),
        ("a<!--nextpage-->b", "<p>a</p>\n<p>b</p>"),
        ("a\n<!--more Read on-->\nb", "<p>a</p><!--more--><p>b</p>"),
        ("", ""),
    ],
)
def test_paragraphs_are_made_as_wordpress_makes_them(text: str, html: str) -> None:
    assert plain_html(text) == html


def test_block_comments_vanish_and_their_html_stays() -> None:
    inner = "<!-- wp:paragraph -->\n<p>a\nb</p>\n<!-- /wp:paragraph -->"
    text = f'<!-- wp:group {{"a":{{"b":"-"}}}} -->\n<div>{inner}</div>\n<!-- /wp:group -->'
    assert plain_html(text + '\n\n<!-- wp:archives {"n":1} /-->').replace("\n", "") == "<div><p>ab</p></div>"


def test_text_outside_of_blocks_has_its_paragraphs() -> None:
    html = plain_html("Classic one.\n\nClassic two.\n\n<!-- wp:paragraph -->\n<p>Block.</p>\n<!-- /wp:paragraph -->")
    assert html == "<p>Classic one.</p>\n<p>Classic two.</p><p>Block.</p>"


@pytest.mark.parametrize(
    "text",
    ["see [1] and [23]", "he [sic] said", "[citation needed]", "a[i_max] = x[0]", "[text](https://example.org)",
     "[Update: it works]", "[...]", "[x]", "[ ] todo", "[see 3 = 4]", "[well-known]", "[Laughter /aside]"],
)  # fmt: skip
def test_brackets_of_prose_stay(text: str) -> None:
    assert plain_html(text) == f"<p>{text}</p>"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('a [gallery ids="1,2"] b', "a  b"),
        ("a [gallery] b", "a  b"),
        ("a [embed width=3]https://video.example/1[/embed] b", "a  b"),
        ("a [youtube https://video.example/1] b", "a  b"),
        ("a [youtube=https://video.example/1] b", "a  b"),
        ('a [contact-form to="x"][contact-field label="Name"/][/contact-form] b', "a  b"),
        ('a [plugin_box color="red"] b', "a  b"),
        ("a [plugin_box] b", "a  b"),
        ("a [something /] b", "a  b"),
        ('a [box title="x"]inner [1][/box] b', "a inner [1] b"),
        ("a [vc_row][vc_column]inner[/vc_column][/vc_row] b", "a inner b"),
        ("a [quote]once[/quote] [/quote] b", "a once [/quote] b"),
        ("a [[gallery]] b", "a [gallery] b"),
        ("a [[box x=1]] b", "a [box x=1] b"),
    ],
)
def test_shortcodes_vanish_and_what_they_enclose_stays(text: str, left: str) -> None:
    assert plain_html(text) == f"<p>{left}</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('[caption id="a" width="3"]<img src="x" /> The <em>words</em>[/caption]',
         '<figure><img src="x" /><figcaption>The <em>words</em></figcaption></figure>'),
        ('[caption id="a"]<a href="y"><img src="x"></a> Words [1][/caption]',
         '<figure><a href="y"><img src="x"></a><figcaption>Words [1]</figcaption></figure>'),
        ('[wp_caption caption="Old words"]<img src="x">[/wp_caption]',
         '<figure><img src="x"><figcaption>Old words</figcaption></figure>'),
    ],
)  # fmt: skip
def test_captions_stay_with_their_picture(text: str, html: str) -> None:
    assert plain_html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('[code lang="php"]\nif ($a["x"] < 3) { [gallery] }\n\nend\n[/code]',
         '<pre><code>if ($a["x"] &lt; 3) { [gallery] }\n\nend</code></pre>'),
        ("[sourcecode]a &lt; b[/sourcecode]", "<pre><code>a &lt; b</code></pre>"),
        ('<pre>[gallery] <b>x</b>\n\n[[a]]</pre>', "<pre>[gallery] <b>x</b>\n\n[[a]]</pre>"),
        ("<PRE>[gallery]</PRE>", "<PRE>[gallery]</PRE>"),
        ("see <code>[gallery]</code>", "<p>see <code>[gallery]</code></p>"),
    ],
)  # fmt: skip
def test_code_is_not_changed(text: str, html: str) -> None:
    assert plain_html(text) == html


@pytest.mark.parametrize(
    "unit",
    ["[a ", '[a b="', "[caption]", "<code>", "<!-- wp:a ", "[[a", "[code]", "\n \n", "<", " ", "[x]", "[/x]", "<p"],
)
def test_hostile_repetitions_take_linear_time(unit: str) -> None:
    plain_html(unit * 100_000)  # minutes, if the time were quadratic: the test would time out


@given(st.text(alphabet="[]/<>!-pbcode gallery\n=\"'", max_size=60))
def test_any_text_is_read(text: str) -> None:
    plain_html(text)
