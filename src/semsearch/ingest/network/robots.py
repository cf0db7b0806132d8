"""robots.txt: which paths may be fetched, how fast, and where the sitemaps are (RFC 9309)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

AGENT = "semsearch"
"""The name that groups of rules are for, in lower case."""
MAX_BYTES = 512 * 1024
"""What follows in a longer robots.txt is ignored, as RFC 9309 allows."""
_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:\s*(.*)")
_AGENT = re.compile(r"[A-Za-z_-]+|\*")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Rule:
    """An ``Allow`` or ``Disallow`` line."""

    allows: bool
    pattern: str
    """The beginning of a path with query. ``*`` is any text, ``$`` at the end is the end."""

    def matches(self, path: str) -> bool:
        """Tell whether the rule is about a normalised path, in time linear to pattern and path."""
        is_whole = self.pattern.endswith("$")
        first, *others = self.pattern.removesuffix("$").split("*")
        if not path.startswith(first):
            return False
        position = len(first)
        last = others.pop() if others and is_whole else ""
        for part in others:  # the leftmost place of each part leaves most room for the others
            found = path.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        if not is_whole:
            return True
        has_star = "*" in self.pattern
        return path.endswith(last) and len(path) - len(last) >= position if has_star else position == len(path)


@dataclass(slots=True)
class _Group:
    rules: list[Rule] = field(default_factory=list)
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host for this program."""

    rules: tuple[Rule, ...] = ()
    delay: float = 0.0
    """``Crawl-delay`` in seconds."""
    sitemaps: tuple[str, ...] = ()
    """As they are written: not yet checked."""

    def allows(self, path: str) -> bool:
        """Tell whether a path, with its query and percent-encoded, may be fetched. The longest rule decides."""
        path = _normalised(path)
        matching = [rule for rule in self.rules if rule.matches(path)]
        longest = max(matching, key=lambda rule: (len(rule.pattern), rule.allows), default=None)
        return longest is None or longest.allows


def parse_robots(content: bytes) -> Robots:
    """Parse a robots.txt. Any content is valid; lines that are no rules are ignored."""
    groups: dict[str, _Group] = {}
    sitemaps: list[str] = []
    current: list[_Group] = []
    in_agents = False
    for key, value in _lines(content[:MAX_BYTES].decode("utf-8-sig", "replace")):
        if key == "sitemap":
            sitemaps.append(value)
        elif key == "user-agent":
            current = current if in_agents else []
            name = _AGENT.match(value)
            if name:
                current.append(groups.setdefault(name[0].lower(), _Group()))
            in_agents = True
        elif key in ("allow", "disallow", "crawl-delay"):
            in_agents = False
            for group in current:
                _add(group, key, value)
    group = groups.get(AGENT) or groups.get("*") or _Group()
    return Robots(tuple(group.rules), group.delay or 0.0, tuple(dict.fromkeys(sitemaps)))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[\r\n]+", text):
        found = _LINE.match(line.split("#", 1)[0])
        if found:
            yield found[1].lower(), found[2].strip()


def _add(group: _Group, key: str, value: str) -> None:
    if key == "crawl-delay":
        if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value):
            group.delay = float(value)
    elif value:  # an empty Disallow forbids nothing
        pattern = value if value.startswith(("/", "*")) else f"/{value}"
        group.rules.append(Rule(key == "allow", _normalised(pattern)))


def _normalised(path: str) -> str:
    """One spelling of a path: escapes in upper case, none for unreserved characters, all others escaped."""

    def escape(found: re.Match[str]) -> str:
        character = chr(int(found[0][1:], 16))
        return character if character in _UNRESERVED else found[0].upper()

    ascii_path = "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in path)
    return _ESCAPE.sub(escape, ascii_path)
