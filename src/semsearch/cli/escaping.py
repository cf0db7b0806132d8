"""Standard output and errors, with characters escaped that would change how a terminal shows the text around them."""

from __future__ import annotations

from typing import Any, TextIO

_ALLOWED = "\t\n\r\x1b"
"""White space, and the beginning of colours, which only semsearch itself writes: posts have no control characters."""
_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_BIDIRECTIONAL = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""Embeddings, overrides and isolates (Unicode Standard Annex 9): they reorder what follows, such as the id of a post.
The marks U+200E and U+200F do not, and texts in Arabic or Hebrew need them."""
_ESCAPES = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_BIDIRECTIONAL) if chr(code) not in _ALLOWED}


def escaped(text: str) -> str:
    """Return the text with control characters as ``\\u202e``. In JSON, that means the same."""
    return text.translate(_ESCAPES)


class EscapedStream:
    """A text stream that escapes what is written to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(escaped(text))

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
