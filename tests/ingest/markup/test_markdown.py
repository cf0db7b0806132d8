from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.markup.html_blocks import read_html
from semsearch.ingest.markup.markdown import to_html

_PIECES = st.sampled_from(
    (
        "word", "hidden style=", " ", "\n", "\n\n", "# ", "- ", "- [ ] ", "> ", "> [!NOTE]\n", "1. ", "    ", "```\n",
        "```html\n", "*", "**", "~~", "`", "[a](b)", "![a](b)", "[a]: b\n", "|a|b|\n|:-|-|\n|c|d|\n", "$x$", "$$x$$",
        "---\n", "===\n", ":::note\n", "!!! tip\n", "&lt;nav&gt;", "&#60;br&#62;", "\\\n", "\n: term\n", "nav",
    )
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_markdown_without_tags_attributes_and_footnotes_hides_nothing(text: str) -> None:
    html = to_html(text)
    assert read_html(html, is_plain=True) == read_html(html)
