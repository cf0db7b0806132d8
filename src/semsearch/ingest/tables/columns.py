"""The names of columns → which field of a post each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_SYNONYMS = {
    "id": "id uuid guid _id key identifier",
    "title": "title headline heading name subject",
    "body": (
        "body content contenthtml bodyhtml htmlbody html markdown bodymarkdown contentmarkdown "
        "articlebody text fulltext bodytext contenttext plaintext richtext article story copy message"
    ),
    "teaser": (
        "teaser summary excerpt abstract description dek standfirst lead lede intro introduction subtitle "
        "subheadline blurb deck snippet shortdescription metadescription"
    ),
    "url": "url link permalink href canonicalurl canonical address uri weburl pageurl fullurl path",
    "slug": "slug handle",
    "date": (
        "date published pubdate publishedat publishedon publishdate publicationdate datepublished posted "
        "postedat firstpublished releasedate createdat created creationdate datecreated timestamp"
    ),
    "updated": (
        "updated updatedat updatedon modified modifiedat modifiedgmt lastmodified lastmod datemodified "
        "edited editedat dateupdated"
    ),
    "tags": (
        "tags tag taglist tagnames keywords keyword labels label topics topic categories category "
        "subjects section hashtags"
    ),
    "authors": "authors author byline by writer writers creator creators contributors authorname authornames",
    "language": "language lang locale langcode inlanguage",
    "image": (
        "image thumbnail cover coverimage featuredimage featureimage heroimage mainimage imageurl "
        "imagesrc thumbnailurl picture photo banner ogimage"
    ),
    "series": "series",
    "translation_of": "translationof translationkey translationgroup",
    "status": "status",
    "draft": "draft isdraft",
    "public": "ispublished public live visible",
    "visibility": "visibility audience",
    "type": "type contenttype",
    "password": "password",
    "sections": "sections",
    "aliases": "aliases oldurls oldslugs redirectfrom",
}
"""Field → names of columns without ``_``, ``-`` and case, the best first."""
_FIELD_OF = {name: field for field, names in _SYNONYMS.items() for name in names.split()}
_PREFIX = re.compile("^(?:post|article|entry|page|blog|item|node|story|seo|meta)")
_SEVERAL = frozenset(("tags", "date"))
"""Fields that several columns may fill: tags are put together, of dates the first that is there counts."""
_PRIVATE = re.compile(
    r"e-?mail|passw|secret|token|api.?key|phone|(?:^|[^a-z])ip(?:$|[^a-z])|ip.?address|credit|iban|ssn", re.IGNORECASE
)
_OURS = frozenset(("id", "title", "body"))
MAX_COLUMNS = 1_000


class UnknownColumn(Exception):
    """The owner named a column or a field that is not there. The message says which there are."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what."""

    by_field: Mapping[str, tuple[str, ...]]
    """Field → its columns. Fields are those of a post, and others that say of a row whether it is one."""
    extra: tuple[str, ...] = ()
    """Columns that are no field, and kept with the post."""
    private: tuple[str, ...] = field(default=())
    """Columns that are not kept, as their name says that they hold addresses of people or secrets."""

    def of(self, name: str) -> tuple[str, ...]:
        """The columns of a field; none if it has none."""
        return self.by_field.get(name, ())

    @property
    def are_ours(self) -> bool:
        """Whether the columns have the names of our own post format, so that rows are posts as they are."""
        names_are_ours = all(columns == (name,) for name, columns in self.by_field.items())
        return names_are_ours and "id" in self.by_field and "title" in self.by_field

    def describe(self) -> str:
        """Which column became what, in one line."""
        used = [f"{name} ← {' + '.join(columns)}" for name, columns in self.by_field.items()]
        if self.extra:
            used.append(f"kept as extra: {_listed(self.extra)}")
        if self.private:
            used.append(f"left out as private: {_listed(self.private)}")
        return "; ".join(used)


def choose(names: Sequence[str], overrides: Mapping[str, str]) -> Columns:
    """Assign columns to fields: those that the owner named, then by their names. Raises UnknownColumn."""
    chosen: dict[str, tuple[str, ...]] = {
        _field(name): (_existing(column, names),) for name, column in overrides.items()
    }
    taken = {column for columns in chosen.values() for column in columns}
    candidates: dict[str, list[str]] = {}
    for name in names:
        found = field_of(name)
        if found == "sections" and not _OURS.issubset(names):
            continue  # of a newspaper, rather than of a text
        if found and found not in chosen and name not in taken:
            candidates.setdefault(found, []).append(name)
    for found, columns in candidates.items():
        ranked = tuple(sorted(columns, key=lambda column: (_rank(column), names.index(column))))
        chosen[found] = ranked if found in _SEVERAL else ranked[:1]
    taken = {column.partition(".")[0] for columns in chosen.values() for column in columns} | {
        column for columns in chosen.values() for column in columns
    }
    rest = [name for name in names if name and name not in taken]
    private = tuple(name for name in rest if _PRIVATE.search(name))
    extra = tuple(name for name in rest if name not in private)
    in_order = {name: chosen[name] for name in _SYNONYMS if name in chosen}
    return Columns(in_order, extra, private)


def field_of(column: str) -> str:
    """Return the field that a column is by its name, without case and ``_``, ``-``, spaces; empty for none."""
    name = _normal(column)
    return _FIELD_OF.get(name) or _FIELD_OF.get(_PREFIX.sub("", name), "")


def _rank(column: str) -> tuple[int, bool]:
    name = _normal(column)
    has_prefix = name not in _FIELD_OF
    if has_prefix:
        name = _PREFIX.sub("", name)
    return _SYNONYMS[_FIELD_OF[name]].split().index(name), has_prefix


def _normal(name: str) -> str:
    return re.sub(r"[\s_.-]", "", name).lower() if name != "_id" else name


def _field(name: str) -> str:
    found = name if name in _SYNONYMS else field_of(name)
    if not found:
        raise UnknownColumn(f"a post has no field {name!r}; it has {', '.join(_SYNONYMS)}")
    return found


def _existing(column: str, names: Sequence[str]) -> str:
    if column in names or column.partition(".")[0] in names:
        return column
    same = [name for name in names if _normal(name) == _normal(column)]
    if not same:
        raise UnknownColumn(f"there is no column {column!r}; there are {_listed(names)}")
    return same[0]


def _listed(names: Iterable[str]) -> str:
    names = [name if len(name) <= 40 else f"{name[:39]}…" for name in names]
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
