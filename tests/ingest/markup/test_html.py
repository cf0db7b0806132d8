"""HTML → text."""

from __future__ import annotations

import pytest

from tests.ingest.markup.readers import blocks, html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>see <a href=x>getting <i>involved</i></a>, and</p>", "see getting involved, and"),
        ("a <b>b</b>c", "a bc"),
        ("<p>a\n   b&nbsp;c</p>", "a b\xa0c"),
        ("<p>a<br>b<BR/>c</p>", "a\nb\nc"),
        ("<p>a</p><script>x</script><style>y</style><template>z</template><noscript>n</noscript>", "a"),
        ("<nav>a</nav><p>b</p><form><input>c</form><button>d</button><svg><text>e</text></svg>", "b"),
        ("<p>a<iframe src=x>b</iframe></p><!-- c -->", "a"),
        ("<P>a</P><SCRIPT>x</SCRIPT>", "a"),
        ("<p>a <span hidden>b</span><span aria-hidden='true'>c</span><i style='display: none'>d</i></p>", "a"),
        ("<p>a <span class='x sr-only'>b</span><span class='screen-reader-text'>c</span></p>", "a"),
        ("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字</p>", "漢字"),
        ("<p>x<sub>1</sub></p>", "x1"),
        ("<p>&#128512; &hellip; &lt;b&gt;</p>", "😀 … <b>"),
        ("<p>a<img alt='picture' src=x>b</p>", "ab"),
        ("<p>unclosed <b>bold<p>next", "unclosed bold\n\nnext"),
    ],
)
def test_text_is_as_a_browser_shows_it(source: str, text: str) -> None:
    assert html(source).text == text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<div>a<div>b</div>c</div>", ["a", "b", "c"]),
        ("<a href=x><div>a</div><div>b</div></a>", ["a", "b"]),
        ("<ul><li>a<ul><li>b</ul><li><p>c</p><p>d</p></ul>", ["a", "b", "c", "d"]),
        ("<dl><dt>a<dd>b</dl>", ["a", "b"]),
        ("<figure><img src=x><figcaption>a <b>b</b></figcaption></figure><p>c", ["a b", "c"]),
        ("<details><summary>a</summary>b</details>", ["a", "b"]),
        ("a<br><br>b<br>c", ["a", "b\nc"]),
        ("<p>a<br/> <br/>b</p>", ["a", "b"]),
        ("a <i>b</i>\n\nc\nd", ["a b", "c d"]),
        ("a<hr>b", ["a", "b"]),
        ("<table><tr><th>a<th>b<tr><td><p>c</p><td>d<br>e</table>", ["a\tb", "c\td e"]),
        ("<table><caption>a</caption><tr><td>b</table>", ["a", "b"]),
        ("<table><tr><td><h2>a</h2><p>b</p><p>c</p></table>", ["a", "b", "c"]),
        ("<pre>\na\n  b\n\nc\n</pre>", ["a\n  b", "c"]),
        ("<pre>a<br>b</pre>", ["a\nb"]),
        ("<pre><code><span class=k>if</span> x:\n    <span>y</span></code></pre>", ["if x:\n    y"]),
        ("<table><td class=gutter><pre>1\n2</pre><td class=code><pre>a\nb</pre></table>", ["a\nb"]),
    ],
)
def test_blocks_stand_alone(source: str, expected: list[str]) -> None:
    assert blocks(html(source)) == expected


@pytest.mark.parametrize(
    "mark",
    [
        '<sup id="fnref:1" role="doc-noteref"><a href="#fn:1" class="footnote">1</a></sup>',
        '<sup id="fnref1"><a href="#fn1" class="footnote-ref">1</a></sup>',
        '<sup><a href="#user-content-fn-1" id="user-content-fnref-1" data-footnote-ref class="x">1</a></sup>',
        '<a class="footnote-anchor" href="#footnote-1">1</a>',
    ],
)
def test_footnotes_of_generators_stand_at_the_end(mark: str) -> None:
    source = (
        f'<p>a{mark}, b</p><section class="footnotes"><ol><li>note '
        '<a href="#fnref:1" class="reversefootnote">↩</a></li></ol></section><p>c</p>'
    )

    assert blocks(html(source)) == ["a, b", "c", "note"]


@pytest.mark.parametrize(
    ("source", "title", "anchor"),
    [
        ("<h2 id=a>T</h2>", "T", "a"),
        ("<h2><a name=a></a>T</h2>", "T", "a"),
        ("<section id=a><h2>T</h2></section>", "T", "a"),
        ("<p>x</p><a id=a></a><h2>T</h2>", "T", "a"),
        ("<h2 id=a>T<a class=headerlink href=#a title=Link>link</a></h2>", "T", "a"),
        ("<h2 id=a>T <a href=#a>#</a></h2>", "T", "a"),
        ("<h2 id=a><a href=#a>T &amp; U</a></h2>", "T & U", "a"),
        ("<h2>Learn C#</h2>", "Learn C#", ""),
        ("<div id=a><p>x</p><h2>T</h2></div>", "T", ""),
        ("<h2 id=a>T<br>U</h2>", "T U", "a"),
    ],
)
def test_heading_has_its_id_as_anchor_and_no_permalink(source: str, title: str, anchor: str) -> None:
    (section,) = html(source).sections

    assert (section.title, section.anchor) == (title, anchor)


@pytest.mark.parametrize(
    ("source", "image"),
    [
        ("<p>a<img src=one.png><img src=two.png>", "one.png"),
        ("<img src=https://img.shields.io/x.svg><img src=b.png>", "b.png"),
        ("<img src=a.gif width=1 height=1><img src=b.png width=500px>", "b.png"),
        ("<img src='data:image/gif;base64,R0' data-src=b.png>", "b.png"),
        ("<img src='data:x' srcset='b.png 1x, c.png 2x'>", "b.png"),
        ("<img src=/img/emoji/smile.png><p>x", ""),
        ("<nav><img src=a.png></nav><img src=b.png>", "b.png"),
        ("<img src='a\ue000.png'><img src=b.png>", "b.png"),
        ("<p>no picture", ""),
    ],
)
def test_first_real_picture_is_the_image(source: str, image: str) -> None:
    assert html(source).image == image


def test_text_that_is_escaped_html_as_a_whole_is_read_as_html() -> None:
    assert blocks(html("&lt;p&gt;a &lt;b&gt;b&lt;/b&gt;&lt;/p&gt;&lt;p&gt;c&lt;/p&gt;")) == ["a b", "c"]


def test_tag_that_a_text_is_about_stays() -> None:
    assert html("<p>Use &lt;p&gt; for a paragraph.</p>").text == "Use <p> for a paragraph."
