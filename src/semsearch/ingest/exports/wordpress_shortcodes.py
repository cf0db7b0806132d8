"""A text with WordPress shortcodes → the text that a reader sees of them.

Shortcodes of media and forms vanish with what is in them, captions stay, other shortcodes leave what they enclose.
Brackets of prose stay: ``[1]``, ``[sic]``, ``[citation needed]``. https://codex.wordpress.org/Shortcode_API
"""

from __future__ import annotations

import re
from collections import Counter

_VANISHING_NAMES = """
    gallery playlist audio video embed wpvideo youtube vimeo soundcloud twitter tweet instagram facebook tiktok
    dailymotion ted vine slideshare slideshow scribd bandcamp spotify flickr gist googlemaps googlevideo wufoo
    polldaddy crowdsignal contact-form contact-form-7 contact-field gravityform wpforms ninja_form mc4wp_form
    subscribe jetpack_subscription_form blog_subscription_form archives recent_posts display-posts sitemap toc
    ez-toc paypal ad adsense presentation kindle-embed latexpage nggallery addtoany
"""
"""Names of WordPress, of Jetpack and of common plugins whose output is no prose. Known also without attributes."""
_VANISHING = frozenset(_VANISHING_NAMES.split())
_CAPTIONS = frozenset(("caption", "wp_caption"))
_SHORTCODE = re.compile(
    r"(?P<escaped>\[)?(?:(?<!\w)\[|\[(?=/))(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9_-]{0,60})"
    r"(?P<attributes>(?:[\s:=/][^\[\]]{0,4000})?)\](?(escaped)\])(?!\()"
)
_SINGLE = re.compile(r"(?:^|[\s\"'])/\Z")
_ATTRIBUTE = re.compile(r"(?:^|\s)[A-Za-z_][\w-]*=(?=\S)")
_CAPTION_ATTRIBUTE = re.compile(r"\bcaption=(?:\"([^\"]*)\"|'([^']*)')")
_IMAGE = re.compile(r"\s*(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?\s*", re.IGNORECASE)


def resolve(text: str) -> str:
    """Return the text without shortcodes. ``[[name]]`` is an escaped ``[name]``."""
    if "[" not in text:
        return text
    return _Resolver(text).result()


class _Resolver:
    def __init__(self, text: str) -> None:
        self._text = text
        self._open: Counter[str] = Counter()
        self._next_closing: dict[str, int] = {}

    def result(self) -> str:
        pieces: list[str] = []
        at = 0
        while match := _SHORTCODE.search(self._text, at):
            pieces.append(self._text[at : match.start()])
            replacement, at = self._resolved(match)
            pieces.append(replacement)
        return "".join(pieces) + self._text[at:]

    def _resolved(self, match: re.Match[str]) -> tuple[str, int]:
        """Return what stands for a shortcode, and the position behind it."""
        name, end = match["name"], match.end()
        if match["escaped"]:
            return match[0][1:-1], end
        if match["closing"]:
            return self._closing(match), end
        is_single = _SINGLE.search(match["attributes"]) is not None
        closing = -1 if is_single else self._closing_position(name, end)
        if name in _VANISHING:
            return "", end if closing < 0 else closing + len(f"[/{name}]")
        if closing >= 0:
            self._open[name] += 1
            return self._caption_start(match) if name in _CAPTIONS else ("", end)
        return "" if is_single or _looks_single(match) else match[0], end

    def _closing(self, match: re.Match[str]) -> str:
        name = match["name"]
        if self._open[name] > 0:
            self._open[name] -= 1
            return "</figcaption></figure>\n\n" if name in _CAPTIONS else ""
        return "" if name in _VANISHING or name in _CAPTIONS else match[0]

    def _caption_start(self, match: re.Match[str]) -> tuple[str, int]:
        """Keep picture and caption; before WordPress 3.4 the caption was an attribute."""
        image = _IMAGE.match(self._text, match.end())
        end = image.end() if image else match.end()
        words = ""
        if self._text.startswith(f"[/{match['name']}]", end) and (
            old := _CAPTION_ATTRIBUTE.search(match["attributes"])
        ):
            words = old[1] or old[2] or ""
        return f"\n\n<figure>{image[0].strip() if image else ''}<figcaption>{words}", end

    def _closing_position(self, name: str, start: int) -> int:
        """Return where the next closing shortcode of a name begins, -1 if there is none."""
        known = self._next_closing.get(name)
        if known is None or 0 <= known < start:
            known = self._next_closing[name] = self._text.find(f"[/{name}]", start)
        return known


def _looks_single(match: re.Match[str]) -> bool:
    """Whether a bracket of an unknown name is a shortcode: with attributes, or a name that no prose has."""
    attributes = match["attributes"]
    return _ATTRIBUTE.search(attributes) is not None or ("_" in match["name"] and not attributes.strip())
