"""Paths of documents → their language, and the path that all translations share."""

from __future__ import annotations

import re
from collections.abc import Collection

from semsearch.ingest.paths import split_name

_CODES = frozenset(
    """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu""".split()  # noqa: SIM905
)
"""ISO 639-1."""
_LANGUAGE = re.compile(r"(?P<code>[a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|\d{3}))?", re.IGNORECASE)


def is_language(text: str) -> bool:
    """Tell whether a text has the form of a language with, perhaps, script and region: ``fr``, ``zh_cn``."""
    match = _LANGUAGE.fullmatch(text)
    return match is not None and match["code"].lower() in _CODES


def split_suffix(path: str, known: Collection[str] = ()) -> tuple[str, str]:
    """Split the language off a file name: ``post.fr.md`` → ``post.md``, ``fr``. Empty: it has none.

    ``known``: the languages of the site, in lower case, if its configuration names them.
    """
    stem, ending = split_name(path)
    name, dot, suffix = stem.rpartition(".")
    if not dot or not name or not (suffix.lower() in known if known else is_language(suffix)):
        return path, ""
    return path.removesuffix(stem + ending) + name + ending, suffix


def split_folder(path: str, known: Collection[str] = ()) -> tuple[str, str]:
    """Split the language off the first folder: ``fr/post.md`` → ``post.md``, ``fr``. Empty: it has none."""
    folder, slash, rest = path.partition("/")
    if not slash or not (folder.lower() in known if known else is_language(folder)):
        return path, ""
    return rest, folder
