from __future__ import annotations

import pytest

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates.mdx import exported_metadata, plain_markdown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import A from './a';\nimport {B,\n  C} from \"b\"\n\nText", "Text"),
        ("export const x = {\n  a: 1,\n\n  b: '}',\n};\n\nText", "Text"),
        ("export default ({children}) => <Layout>{children}</Layout>\n\nText", "Text"),
        ("{/* a\ncomment */}Text", "Text"),
        ("<Figure src={`a > ${b}`} alt='>' />Text", "Text"),
        ("<Note kind=\"x\">inner *text*</Note>", "inner *text*"),
        ("<>a</> <Tabs.Item>b</Tabs.Item>", "a b"),
        ("a {'literal'}{' '}{\"text\"} {`too`}", "a literal text too"),
        ("a {props.value} b", f"a {HOLE} b"),
        ("a {items.map((i) => <li>{i}</li>)} b", f"a {HOLE} b"),
        ('<p style={{color: "red"}} id="x">b</p>', '<p id="x">b</p>'),
        ("<style>{`a { b }`}</style>Text", "Text"),
        ("text <br /> text", "text <br /> text"),
        ("Text", "Text"),
    ],
)  # fmt: skip
def test_what_only_programs_read_goes_and_text_stays(source: str, expected: str) -> None:
    assert plain_markdown(source).strip() == expected


@pytest.mark.parametrize(
    "text",
    [
        "```jsx\nimport A from 'a';\n\n<A>{b}</A> {/* c */}\n```",
        "~~~\n{a}\n```\n{b}\n~~~",
        "- ```js\n  {a}\n  ```",
        "Call `<A b={c} />` and ``{`x`}``.",
        "## Title {#anchor}",
        "$a_{x}$ and $$\\frac{a}{b}$$",
        "\\{not code\\} and \\<A>",
        "1 < 2, a<b, <https://example.org> and <a@example.org>",
        "importance is not import\nimport duties rose",
        "An open { brace",
        "<!-- truncate -->",
    ],
)
def test_code_and_what_only_looks_like_mdx_stays(text: str) -> None:
    assert plain_markdown(text) == text


@pytest.mark.parametrize("comment", ["{/* truncate */}", "{/*truncate*/}", "{ /*  Truncate  */ }"])
def test_truncate_marker_stays_recognisable(comment: str) -> None:
    assert plain_markdown(f"Teaser\n\n{comment}\n\nRest") == "Teaser\n\n<!-- truncate -->\n\nRest"


def test_indented_text_of_components_is_no_code_and_lists_keep_their_levels() -> None:
    source = """
<Tabs>
  <Tab>

    Paragraph

    - one
      - two

    ```py
    if a:
        b
    ```
  </Tab>
</Tabs>
"""
    lines = [line for line in plain_markdown(source).split("\n") if line.strip()]
    assert lines == ["Paragraph", "- one", "  - two", "```py", "if a:", "    b", "```"]


def test_markdown_inside_an_element_on_lines_of_its_own_gets_blank_lines() -> None:
    assert "\n\n*text*\n\n" in plain_markdown("<div>\n*text*\n</div>").replace("\n\n\n", "\n\n")


def test_a_hostile_text_of_open_braces_and_tags_takes_no_time() -> None:
    text = "{<a {`" * 50_000
    assert len(plain_markdown(text)) > 100_000


def test_exported_metadata_has_plain_literals_only() -> None:
    source = """
```js
export const metadata = {title: 'in code'};
```

export const metadata = {
  title: 'It\\'s {here}', // comment
  Tags: ["a", computed, 'b'],
  order: 3,
  date: new Date('2024-01-02'),
  draft: false,
  author: { name: `Ada` },
  joined: 'a' + b,
  ...rest,
  method() { return 'x'; },
  "last-one": null,
} as const;
"""
    assert exported_metadata(source) == {
        "title": "It's {here}",
        "tags": ["a", "b"],
        "order": "3",
        "date": "2024-01-02",
        "draft": False,
        "author": {"name": "Ada"},
        "last-one": None,
    }


@pytest.mark.parametrize("name", ["metadata", "frontmatter", "frontMatter", "meta"])
def test_exported_metadata_has_several_names(name: str) -> None:
    assert exported_metadata(f"export const {name} = {{ title: 'A' }}\n") == {"title": "A"}


@pytest.mark.parametrize(
    "text", ["", "export const metadata = make();", "export const metadata = {title: 'A'", "const meta = {title: 'A'}"]
)
def test_no_metadata_where_none_can_be_read(text: str) -> None:
    assert exported_metadata(text) == {}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("source", ["<!--" * 100_000, "export const x = {" * 20_000, "<!-- a -->" * 40_000])
def test_a_text_of_what_never_ends_is_read_soon(source: str) -> None:
    assert plain_markdown(f"text {source}").startswith("text")
    plain_markdown(source)
