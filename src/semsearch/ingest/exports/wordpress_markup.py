"""The text of a WordPress post → HTML as a reader gets it: without block comments and shortcodes, with paragraphs.

Follows ``do_shortcode`` and ``wpautop`` of WordPress, except that it does not know which shortcodes the plugins of a
site define: a bracket is a shortcode if it is of WordPress, has attributes, or is closed again.
https://developer.wordpress.org/reference/functions/wpautop/
"""

from __future__ import annotations

import re

from semsearch.ingest.exports.wordpress_shortcodes import resolve

_BLOCK_COMMENT = re.compile(r"<!--\s{1,9}/?wp:[a-z]")
_MORE = re.compile(r"<!--\s*more\b[^>]{0,200}?-->")
_NEXT_PAGE = re.compile(r"<!--\s*nextpage\s*-->")
_KEPT_TAGS = ("pre", "script", "style", "textarea", "code")
_KEPT_SHORTCODES = ("code", "sourcecode", "source", "cc", "highlight")
_KEPT_OPENINGS = (*(f"<{name}" for name in _KEPT_TAGS), *(f"[{name}" for name in _KEPT_SHORTCODES))
_KEPT_OPENING = re.compile(
    rf"<(?P<tag>(?i:{'|'.join(_KEPT_TAGS)}))\b[^<>]*>"
    rf"|(?<!\[)\[(?P<code>(?i:{'|'.join(_KEPT_SHORTCODES)}))\b[^\[\]]*\]"
)
_MARK = "\x02"
_KEPT_MARK = re.compile("\x02(\\d+)[bi]\x02")
_BLOCKS = (
    "address|article|aside|blockquote|body|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h[1-6]|header|hgroup|hr|iframe|legend|li|main|map|math|menu|nav|ol|object|p|section|summary|svg|table|tbody|td|tfoot|"
    "th|thead|tr|ul|video|audio|noscript"
)
_BLOCK = re.compile(rf"(\x02\d+b\x02|</?(?:{_BLOCKS})\b[^<>]*>|<!--more-->)", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_TAG_OR_LINE_END = re.compile(r"<[^<>]*>|\n")


def plain_html(text: str) -> str:
    """Return HTML without markup of WordPress; ``<!--more-->`` and all inside of ``pre`` and ``code`` stays."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(_MARK, "")
    has_blocks = "<!-- wp:" in text
    if has_blocks:
        text = _without_block_comments(text)
    kept = _Kept()
    text = kept.taken_out(text)
    text = _NEXT_PAGE.sub("\n\n", _MORE.sub("<!--more-->", text))
    text = resolve(text)
    if not has_blocks or _has_bare_paragraphs(text):
        text = _paragraphs(text, breaks_lines=not has_blocks)
    return kept.put_back(text).strip()


def _has_bare_paragraphs(text: str) -> bool:
    """Whether a blank line follows text without a tag. A post of blocks has tags for all paragraphs, mostly."""
    for line in _BLANK_LINE.finditer(text):
        before = text[max(0, line.start() - 20) : line.start()].rstrip()
        if before and not before.endswith(">"):
            return True
    return False


def _without_block_comments(text: str) -> str:
    result: list[str] = []
    start = 0
    while (opening := _BLOCK_COMMENT.search(text, start)) and (end := text.find("-->", opening.end())) >= 0:
        result.append(text[start : opening.start()])
        start = end + 3
    return "".join(result) + text[start:]


class _Kept:
    """Code and the like, replaced by marks while the text around it is changed."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def taken_out(self, text: str) -> str:
        lowered = text.lower()
        if not any(opening in lowered for opening in _KEPT_OPENINGS):
            return text
        result: list[str] = []
        start = 0
        unclosed: set[str] = set()
        while opening := _KEPT_OPENING.search(text, start):
            tag, code = opening["tag"], opening["code"]
            closing = (f"</{tag}>" if tag else f"[/{code}]").lower()
            end = -1 if closing in unclosed else _find(text, closing, opening.end())
            if end < 0:
                unclosed.add(closing)
                result.append(text[start : opening.end()])
                start = opening.end()
                continue
            result.append(text[start : opening.start()])
            inner_end, start = end, end + len(closing)
            if tag:
                self._pieces.append(text[opening.start() : start])
            else:
                self._pieces.append(f"<pre><code>{_escaped(text[opening.end() : inner_end])}</code></pre>")
            is_inline = tag is not None and tag.lower() == "code"
            result.append(f"{_MARK}{len(self._pieces) - 1}{'i' if is_inline else 'b'}{_MARK}")
        return "".join(result) + text[start:]

    def put_back(self, text: str) -> str:
        return _KEPT_MARK.sub(lambda mark: self._pieces[int(mark[1])], text)


def _find(text: str, closing: str, start: int) -> int:
    """Find a closing tag in any case, in lower case first, which is the commonest."""
    end = text.find(closing, start)
    if end >= 0:
        return end
    match = re.compile(re.escape(closing), re.IGNORECASE).search(text, start)
    return match.start() if match else -1


def _escaped(code: str) -> str:
    """Escape the tags in code; references such as ``&lt;``, which editors save, stay as they are."""
    return code.strip("\n").replace("<", "&lt;").replace(">", "&gt;")


def _paragraphs(text: str, breaks_lines: bool) -> str:
    """Make paragraphs at blank lines and, where WordPress does so, line breaks at single line ends."""
    result: list[str] = []
    depth, is_in_paragraph = 0, False
    for index, piece in enumerate(_BLOCK.split(text)):
        if index % 2:
            result.append(piece)
            name = re.sub(r"\W.*", "", piece.lstrip("</").lower(), flags=re.DOTALL)
            if name == "p":
                is_in_paragraph = not piece.startswith("</")
            elif piece.startswith("</"):
                depth = max(0, depth - 1)
            elif piece.startswith("<") and name not in ("hr", "") and not piece.endswith("/>"):
                depth += 1
                is_in_paragraph = False
            continue
        parts = [part.strip("\n") for part in _BLANK_LINE.split(piece)]
        parts = [_line_breaks(part) if breaks_lines else part for part in parts if part.strip()]
        wraps = not is_in_paragraph and (depth == 0 or len(parts) > 1)
        result.append("\n".join(f"<p>{part}</p>" for part in parts) if wraps else "\n".join(parts))
    return "".join(result)


def _line_breaks(text: str) -> str:
    return _TAG_OR_LINE_END.sub(lambda match: match[0] if match[0].startswith("<") else "<br>\n", text)
