"""Liquid through python-liquid, with limits on time and size, and nothing that reads files or runs programs."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, Mode, RenderContext, TokenStream, Undefined
from liquid.ast import Node
from liquid.exceptions import LiquidError, LoopIterationLimitError
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

from semsearch.ingest.entries import HOLE
from semsearch.ingest.sites.addresses import join as join_address
from semsearch.ingest.sites.addresses import slug

MAX_ITERATIONS = 20_000
"""Of all loops of one text."""
MAX_OUTPUT_BYTES = 4 * 1024 * 1024
MAX_INCLUDES = 50
MAX_INCLUDE_DEPTH = 5
MAX_ITEMS = 20_000
"""Of a list that a filter reads."""
_ARGUMENT = re.compile(r"([\w-]+)\s*[=:]\s*(\"[^\"]*\"|'[^']*'|[\w.\[\]-]+)")
_KEEP_UNDEFINED = frozenset(("default",))
_ERRORS = (LiquidError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What a text can raise: python-liquid lets errors of its filters pass."""


class _Unknown(Undefined):
    """A value that the site's data does not have."""

    def __str__(self) -> str:
        return HOLE


class _Context(RenderContext):
    """Counts the iterations of all loops, also of nested and of successive ones."""

    iterations = 0

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.iterations += length + 1
        if self.iterations > MAX_ITERATIONS:
            raise LoopIterationLimitError("loop iteration limit reached", token=None)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    output_stream_limit = MAX_OUTPUT_BYTES
    local_namespace_limit = MAX_OUTPUT_BYTES


class Engine:
    """Renders texts of one site."""

    def __init__(self, site: Mapping[str, Any], include: Callable[[str], str | None]) -> None:
        base = str(site.get("baseurl") or "")
        self._env = _Environment(tolerance=Mode.STRICT, undefined=_Unknown, globals={"site": site})
        self._includes = _Includes(self._env, include)
        self._env.add_tag(_named_include("include", self._includes))
        self._env.add_tag(_named_include("include_cached", self._includes))
        own = {
            "relative_url": lambda value: join_address(base, str(value)),
            "absolute_url": lambda value: join_address(str(site.get("url") or "") + base, str(value)),
            "url": lambda value: value,
            "slugify": lambda value, *_: slug(str(value)),
            **dict.fromkeys(("markdownify", "smartify", "safe", "dump", "xml_escape", "cgi_escape"), _same),
        }
        filters = {**self._env.filters, **own}
        self._env.filters = _Filters({name: _bounded(name, function) for name, function in filters.items()})
        self._env.filters["date"] = functools.wraps(self._env.filters["date"])(_dated(self._env.filters["date"]))
        self.can_parse = functools.lru_cache(maxsize=10_000)(self._can_parse)

    def render(self, text: str, values: Mapping[str, Any]) -> str | None:
        """Render a text; None if it is not Liquid or exceeds a limit."""
        self._includes.reset()
        try:
            return self._env.from_string(text).render(values)
        except _ERRORS:
            return None

    def _can_parse(self, text: str) -> bool:
        try:
            self._env.from_string(text)
        except _ERRORS:
            return False
        return True


class _Includes:
    """The files that texts include, parsed once."""

    def __init__(self, env: Environment, read: Callable[[str], str | None]) -> None:
        self._env, self._read = env, read
        self._parsed: dict[str, BoundTemplate | None] = {}
        self._left, self._depth = MAX_INCLUDES, 0

    def reset(self) -> None:
        self._left, self._depth = MAX_INCLUDES, 0

    def render(self, name: str, arguments: Mapping[str, object], context: RenderContext, buffer: TextIO) -> None:
        """Write an included file; nothing if it is not there, cannot be parsed, or is one too many."""
        template = self._template(name)
        if template is None or self._left == 0 or self._depth == MAX_INCLUDE_DEPTH:
            return
        self._left -= 1
        self._depth += 1
        try:
            with context.extend({"include": arguments, **arguments}, template=template):
                template.render_with_context(context, buffer, partial=True)
        finally:
            self._depth -= 1

    def _template(self, name: str) -> BoundTemplate | None:
        if name not in self._parsed:
            text = self._read(name)
            try:
                self._parsed[name] = None if text is None else self._env.from_string(text)
            except _ERRORS:
                self._parsed[name] = None
        return self._parsed[name]


class _IncludeNode(Node):
    """``{% include name.html key="text" other=page.title %}``."""

    def __init__(self, token: Any, expression: str, includes: _Includes) -> None:
        super().__init__(token)
        self._expression, self._includes = expression, includes
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        name, _, rest = self._expression.strip().partition(" ")
        arguments = {match[1]: _argument(match[2], context) for match in _ARGUMENT.finditer(rest)}
        self._includes.render(name.strip("\"',"), arguments, context, buffer)
        return 1


def _named_include(tag_name: str, includes: _Includes) -> type[Tag]:
    class IncludeTag(Tag):
        name = tag_name
        block = False

        def parse(self, stream: TokenStream) -> Node:
            token = stream.eat(TOKEN_TAG)
            expression = stream.current.value if stream.current.kind == TOKEN_EXPRESSION else ""
            return _IncludeNode(token, expression, includes)

    return IncludeTag


class _Filters(dict[str, Callable[..., Any]]):
    """Filters by name. What a filter of the site's own makes of a value is not known."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        return lambda *_, **__: HOLE


def _argument(text: str, context: RenderContext) -> object:
    if text[0] in "\"'":
        return text[1:-1]
    return context.get(text.split("."), token=None)  # type: ignore[arg-type]


def _same(value: object, *_: object) -> object:
    return value


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter keep unknown values, and refuse to make huge ones."""

    @functools.wraps(function)
    def bounded(value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, _Unknown) and name not in _KEEP_UNDEFINED:
            return value
        if _is_huge(name, value, args):
            return HOLE
        return function(value, *args, **kwargs)

    return bounded


def _is_huge(name: str, value: Any, args: Iterable[Any]) -> bool:
    for entry in (value, *args):
        if isinstance(entry, list | tuple | range | Iterator) and len(_sized(entry)) > MAX_ITEMS:
            return True
    if name in ("replace", "join"):
        longest = max((len(entry) for entry in args if isinstance(entry, str)), default=0)
        return len(_sized(value)) * max(1, longest) > MAX_OUTPUT_BYTES
    return False


def _sized(value: Any) -> Any:
    return value if hasattr(value, "__len__") else ()


def _dated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The day on which posts are read is not the day on which the site was built."""

    def dated(value: Any, *args: Any, **kwargs: Any) -> Any:
        return HOLE if value in ("now", "today") or HOLE in str(value) else function(value, *args, **kwargs)

    return dated
