"""The responses of /v1 and the health routes, as /openapi.json describes them.

A result is declared once, as a dataclass of search. Its schema is derived here, with the types and the docstrings of
the dataclass. Responses are not validated when they are sent; the tests compare them with the schemas.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from semsearch.index.lexical.query_model import WordContribution
from semsearch.posts import Post
from semsearch.ranking.score import Explanation
from semsearch.relating.score import Parts
from semsearch.search import Hit, RelatedResult, SearchResult
from semsearch.search.results import NearDuplicate, Passage, SuggestResult

Range = Annotated[
    tuple[int, int], Field(description="`[start, end)` in Unicode code points of the plain text.", examples=[[0, 7]])
]

_NAMES: dict[type, str] = {
    SearchResult: "SearchSchema",
    RelatedResult: "RelatedSchema",
    SuggestResult: "SuggestSchema",
    NearDuplicate: "CopySchema",
    WordContribution: "WordShareSchema",
    Parts: "RelatedExplanationSchema",
}
"""Names of schemas, where they are not that of the dataclass with Schema behind it."""
_NARROWER: dict[tuple[type, str], Any] = {
    (Hit, "confidence"): Annotated[float, Field(ge=0, le=1)],
    (Hit, "highlights"): dict[Literal["title", "teaser", "passage"], list[Range]],
    (Passage, "field"): Literal["teaser", "body"],
    (WordContribution, "field"): Literal["title", "tags", "teaser", "authors", "body"],
}
"""Types of fields that are stated more exactly than in Python."""
_OPTIONAL = {(Hit, "explanation")}
"""Fields that are absent unless requested. All others are always there."""
_PROPERTIES: dict[type, tuple[str, ...]] = {Explanation: ("score",), Parts: ("score",)}
"""Properties of a dataclass that its JSON form includes, in addition to the fields."""


class _Derived(BaseModel):
    """Has no docstrings to look for in a source file, which would take most of the time of deriving it."""

    model_config = ConfigDict(extra="forbid")


class _Response(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


@functools.cache
def schema_of(result: type) -> type[BaseModel]:
    """Return the schema of the JSON form of a dataclass."""
    types, texts = get_type_hints(result), _docstrings(result)
    described: dict[str, Any] = {}
    for entry in fields(result):
        annotation = _NARROWER.get((result, entry.name)) or _json_type(types[entry.name])
        default = None if (result, entry.name) in _OPTIONAL else ...
        described[entry.name] = annotation, Field(default, description=texts.get(entry.name))
    for name in _PROPERTIES.get(result, ()):
        getter = getattr(result, name).fget
        described[name] = get_type_hints(getter)["return"], Field(..., description=_markdown(getter.__doc__))
    name = _NAMES.get(result, f"{result.__name__}Schema")
    return create_model(name, __base__=_Derived, __doc__=_markdown(result.__doc__), **described)


def _json_type(annotation: Any) -> Any:
    """Replace each dataclass in an annotation by its schema."""
    if isinstance(annotation, type) and is_dataclass(annotation):
        return schema_of(annotation)
    arguments = get_args(annotation)
    if not arguments or get_origin(annotation) is Literal:
        return annotation
    replaced = tuple(map(_json_type, arguments))
    if isinstance(annotation, type(int | str)):
        return functools.reduce(lambda one, other: one | other, replaced)
    return get_origin(annotation)[replaced]


def _docstrings(result: type) -> dict[str, str]:
    """Return the docstrings behind the fields of a class, by field."""
    found = {}
    for statement, following in pairwise(_class_bodies(result.__module__).get(result.__name__, [])):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = _markdown(text)
    return found


@functools.cache
def _class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    """Return the statements of each class of a module. A module is parsed once: parsing takes most of the time."""
    try:
        source = inspect.getsource(sys.modules[module])
    except OSError:  # installed without source files: the description has no texts
        return {}
    return {node.name: node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _markdown(docstring: str | None) -> str:
    """Return a docstring in Markdown, which OpenAPI expects."""
    return inspect.cleandoc(docstring or "").replace("``", "`")


SearchSchema = schema_of(SearchResult)
RelatedSchema = schema_of(RelatedResult)
SuggestSchema = schema_of(SuggestResult)
PostSchema = schema_of(Post)


class HealthSchema(_Response):
    """The process is running."""

    status: Literal["ok"]
    """Always `ok`."""


class ReadySchema(_Response):
    """An index version is loaded and serving."""

    status: Literal["ready"]
    """Always `ready`."""
    index_version: str
    """The current version."""
    posts: int
    """Number of posts that the API key may see."""
    problem: str | None
    """Why a newer index version, keys file or curation file could not be loaded; null if none failed."""
