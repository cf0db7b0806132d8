"""Generates Markdown from the program: its command line, settings, HTTP API and errors."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import typer.main
from pydantic import BaseModel

from semsearch.api import openapi
from semsearch.cli.app import app
from semsearch.errors import SemsearchError
from semsearch.settings import PREFIX, Settings
from semsearch.site_file import SiteTable, SourceTable

Schema = Mapping[str, Any]

# --- command line -----------------------------------------------------------------------------------------------------

_COMMAND_LINE = """\
# Command line

Commands print text for people. With `--json` they print a single JSON object. Messages and progress go to standard
error. `[env: SEMSEARCH_INDEX]` names the [setting](settings.md) that an option overrides.

| exit code | meaning |
|---|---|
| 0 | success |
| 1 | failure; one line on standard error says why |
| 2 | an option, argument or setting is invalid |
| 130 | stopped with Ctrl-C |
"""


def command_line() -> str:
    """All commands with their arguments, options and defaults, as ``--help`` shows them."""
    root: Any = typer.main.get_command(app)
    context = root.context_class(root, info_name="semsearch", **root.context_settings)
    options = _options(root, context)
    return "\n".join([_COMMAND_LINE, "Options of `semsearch` itself:\n", *options, *_commands(root, context)])


def _commands(group: Any, parent: Any) -> Iterator[str]:
    for name, command in group.commands.items():
        context = command.context_class(command, info_name=name, parent=parent)
        if hasattr(command, "commands"):
            yield from _commands(command, context)
            continue
        usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
        yield f"\n## semsearch {context.command_path.removeprefix('semsearch ')}\n"
        yield f"{_one_line(command.help)}\n\n```text\n{usage}\n```\n"
        yield from _options(command, context)


def _options(command: Any, context: Any) -> Iterator[str]:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    yield from _table(
        ("argument or option", "meaning"), ((_code(left), _plain_text(right)) for left, right in filter(None, records))
    )


# --- settings ---------------------------------------------------------------------------------------------------------

_SETTINGS = f"""\
# Settings

Settings are environment variables whose names begin with `{PREFIX}`. Command line options take precedence over them. An
empty variable counts as not set. An invalid value is an error that names the variable.

`true`, `1`, `yes` and `on` mean true; `false`, `0`, `no` and `off` mean false.

Do not set `PROMETHEUS_MULTIPROC_DIR`: `semsearch serve --workers` sets it for its worker processes.
"""


def settings() -> str:
    """All settings, with defaults and ranges."""
    rows = (
        (
            f'<a id="{name}"></a>`{PREFIX}{name.upper()}`',
            f"{field.description}{_range(field.metadata)}{_default(field.default)}",
        )
        for name, field in Settings.model_fields.items()
    )
    return "\n".join([_SETTINGS, *_table(("variable", "meaning"), rows)])


def _default(value: object) -> str:
    if value is None or value == ():
        return ""
    text = str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
    return f" Default: {_code(text)}."


def _range(metadata: Iterable[Any]) -> str:
    limits = {name: getattr(one, name) for one in metadata for name in ("ge", "gt", "le") if hasattr(one, name)}
    if not limits:
        return ""
    most = f"{limits['le']:,}"
    return f" From {limits['ge']} to {most}." if "ge" in limits else f" Above {limits['gt']}, at most {most}."


# --- semsearch.toml ---------------------------------------------------------------------------------------------------


def site_file() -> str:
    """The keys of each table of ``semsearch.toml``."""
    tables = (("[site]", SiteTable), ("[[sources]]", SourceTable))
    return "\n".join(part for name, table in tables for part in _keys(name, table))


def _keys(name: str, table: type[BaseModel]) -> Iterator[str]:
    yield f"## `{name}`\n"
    schema = table.model_json_schema()
    rows = (
        (_code(key), _type(value), f"{'Required. ' if key in schema.get('required', ()) else ''}{value['description']}")
        for key, value in schema["properties"].items()
    )
    yield from _table(("key", "type", "meaning"), rows)


# --- HTTP -------------------------------------------------------------------------------------------------------------

_HTTP = """\
# HTTP API

`semsearch serve` has these routes. A running service describes them as OpenAPI at `/openapi.json`.

- Responses are JSON. Texts are plain text, never HTML. Highlights are ranges `[start, end)` of such a text, in Unicode
  code points.
- An unknown parameter is an error (422), so that a filter with a typing error is not ignored.
- Errors are [problem details](https://www.rfc-editor.org/rfc/rfc9457) (`application/problem+json`) that name the wrong
  parameter. Browsers get an HTML page instead.
- If the service has keys, send one as `Authorization: Bearer ssk_…`; see [API keys and tenants](../guides/keys.md).
- Responses to `GET` requests have an `ETag`, which depends on the version of the index, the curation and the request. A
  request with a matching `If-None-Match` gets a 304.
- Every response has an `X-Request-Id`, which is also in the log.

```sh
curl 'http://127.0.0.1:8000/v1/search?q=how+do+models+learn+maths&limit=3'
curl 'http://127.0.0.1:8000/v1/posts/formal-math/related'
curl 'http://127.0.0.1:8000/v1/suggest?q=solv'
```

There are also HTML pages: the search page at `/` and `/search`, `/related?post=ID` and `/playground`. The files of the
[components](components.md) are under `/web/`.
"""
_STATUSES = """
## Statuses

| status | meaning |
|---|---|
| 200 | success |
| 304 | the response that `If-None-Match` names is still current |
| 400 | the body is not JSON, or the request is not valid HTTP |
| 401 | the API key is missing, unknown or expired |
| 403 | the API key lacks the scope for this route |
| 404 | there is no such post or route |
| 413 | the body is larger than 4 MiB, or has more than 64 KiB outside of JSON strings |
| 414 | path and query are longer than 32 KiB |
| 421 | the service does not accept this host name; see [`SEMSEARCH_HOSTS`](settings.md#hosts) |
| 422 | a parameter is invalid; `param` names it |
| 429 | a rate limit is exceeded; `Retry-After` says when to try again |
| 431 | the headers are larger than 32 KiB |
| 499 | the client disconnected before the response; only in [metrics](metrics.md) and logs |
| 500 | internal error; the log has the reason under the `request_id` |
| 503 | the service is overloaded, or its deadline passed; `Retry-After` says when to try again |
"""


def http() -> str:
    """All routes with parameters, bodies, responses and examples, and the schemas."""
    description = openapi()
    schemas = description["components"]["schemas"]
    routes = [part for path, methods in description["paths"].items() for part in _operations(path, methods)]
    parts = [part for name in schemas if name not in _FRAMEWORK for part in _schema(name, schemas[name])]
    return "\n".join([_HTTP, "## Routes\n", *routes, _STATUSES, "## Schemas\n", *parts])


_FRAMEWORK = ("HTTPValidationError", "ValidationError")
"""Schemas that FastAPI adds, which no response of this service has."""


def _operations(path: str, methods: Schema) -> Iterator[str]:
    for method, operation in methods.items():
        yield f"### {method.upper()} {path}\n\n{operation['summary']}. {operation['description']}\n"
        parameters = operation.get("parameters", [])
        rows = (
            (_code(one["name"]), f"{_type(one['schema'])}{_default_of(one)}", one.get("description", ""))
            for one in parameters
        )
        yield from _table(("parameter", "type", "meaning"), rows) if parameters else ()
        if body := operation.get("requestBody"):
            content = body["content"]["application/json"]
            yield f"Body: {_type(content['schema'])}\n"
            for example in content.get("examples", {}).values():
                yield f"{example['summary']}:\n\n{_json(example['value'])}\n"
        content = operation["responses"]["200"]["content"].get("application/json")
        if content:
            yield f"Response: {_type(content['schema'])}\n"
            if "example" in content:
                yield f'??? example "Example response"\n\n{textwrap.indent(_json(content["example"]), "    ")}\n'


def _default_of(parameter: Schema) -> str:
    if parameter["required"]:
        return "; required"
    default = parameter["schema"].get("default")
    return "" if default in (None, []) else f"; default {_code(_plain(default))}"


def _default_in(field: Schema) -> str:
    default = field.get("default")
    return (
        "" if default in (None, [], "", {}) or isinstance(default, Mapping) else f" Default: {_code(_plain(default))}."
    )


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value).strip('"')


def _schema(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {_name(name)} {{ #{_anchor(name)} }}\n\n{_one_line(schema.get('description', ''))}\n"
    rows = (
        (_code(field), _type(value), f"{value.get('description', '')}{_default_in(value)}")
        for field, value in schema["properties"].items()
    )
    yield from _table(("field", "type", "meaning"), rows)


def _type(schema: Schema) -> str:
    """A JSON schema in a few words, with links to named schemas."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{_name(name)}](#{_anchor(name)})"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return ", ".join(_code(str(value)) for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "any")
    if "prefixItems" in schema:
        return f"\\[{', '.join(map(_type, schema['prefixItems']))}\\]"
    values = schema.get({"array": "items", "object": "additionalProperties"}.get(kind, ""))
    if isinstance(values, Mapping):
        return f"{'list' if kind == 'array' else kind} of {_type(values)}"
    return f"{'list' if kind == 'array' else schema.get('format', kind)}{_limits(schema)}"


def _limits(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    limits = "" if least is None or most is None else f", {least:g} to {most:,g}"
    longest = f", at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""
    return f"{limits}{longest}"


def _name(schema: str) -> str:
    return schema.removesuffix("Schema")


def _anchor(schema: str) -> str:
    return f"schema-{_name(schema).lower()}"


def _json(value: object) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


# --- errors -----------------------------------------------------------------------------------------------------------


def errors() -> str:
    """A table of all errors, each below its base class."""
    return "\n".join(_table(("error", "meaning"), _kinds(SemsearchError, 0)))


def _kinds(kind: type[SemsearchError], depth: int) -> Iterator[tuple[str, str]]:
    yield f"{'&emsp;' * depth}`{kind.__name__}`", inspect.getdoc(kind) or ""
    for one in kind.__subclasses__():
        if one.__module__ == kind.__module__:
            yield from _kinds(one, depth + 1)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    for row in rows:
        yield f"| {' | '.join(_cell(_one_line(text)) for text in row)} |"
    yield ""


def _cell(text: str) -> str:
    """Escape pipes, except in code, where Markdown would show the backslash."""
    return re.sub(r"(`[^`]*`)|\|", lambda match: match[1] or "\\|", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain_text(text: str) -> str:
    """Escape brackets, which would begin a link."""
    return text.replace("[", "\\[")


def _code(text: str) -> str:
    return f"`{text}`"
