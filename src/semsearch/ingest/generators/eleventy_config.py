"""The configuration of an Eleventy site, a program, → the folders and data that its text names.

Nothing is executed: texts in quotes after known names are all that is read. Source: https://www.11ty.dev/docs/config/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.parsing import front_matter
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.sites import data_files, values
from semsearch.ingest.sites.site import Site

CONFIG_NAMES = (
    "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts", ".eleventy.js",
    ".eleventy.cjs", ".eleventy.mjs", "package.json",
)  # fmt: skip
_MAX_BYTES = 512 * 1024
_TEXT = r"[\"'`]([^\"'`\n{}$]*)[\"'`]"
_PLAIN_FIELDS = ("layout", "permalink", "tags", "draft", "eleventyExcludeFromCollections", "lang", "locale", "author",
                 "series", "category", "categories")  # fmt: skip
_FIELD = re.compile(
    rf"(?<![\w.])[\"']?(?P<name>{'|'.join(_PLAIN_FIELDS)})[\"']?\s*:\s*"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|`(?P<tick>[^`$]*)`|(?P<flag>true|false)\b|\[(?P<list>[^\]]{0,2000})\])"
)
_CONSTANT = re.compile(
    r"\b(?:const|let|var)\s+(?P<name>\w+)\s*=\s*"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|`(?P<tick>[^`$]*)`|(?P<flag>true|false)\b|\[(?P<list>[^\]]{0,2000})\])"
)
_PROGRAM = re.compile(r"\s*---[ \t]*(?:js|javascript)[ \t]*\n(?P<program>.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)
_ADDRESS = re.compile(
    r"(?<![\w.])[\"']?(?:url|baseurl|siteurl|host|origin)[\"']?\s*:\s*[\"'`](https?://[^\"'`\s]+)", re.IGNORECASE
)
_SITE_DATA = ("site", "metadata", "meta", "config", "settings")
_PERMALINK_PROGRAM = re.compile(r"permalink[\"']?\s*(?::|\()[^`;]{0,300}?`([^`]{0,300})`")
_SIMPLE_VALUE = re.compile(r"\$\{\s*(?:data\.)?([\w.]+)\s*\}")
_LAYOUT_SUFFIXES = ("", ".njk", ".liquid", ".html", ".md")
_MAX_LAYOUTS = 5
_QUOTED = re.compile(r"[\"'`]([^\"'`\n]*)[\"'`]")


@dataclass(frozen=True, slots=True)
class EleventyConfig:
    """What the documents of a site depend on."""

    input: str = ""
    """The folder of the documents in the site, with a slash at the end; empty: the site."""
    data: str = "_data"
    includes: str = "_includes"
    """Both in the site."""
    layouts: str = ""
    path_prefix: str = ""
    has_templates: bool = True
    """Whether Markdown passes through a template language."""
    ignored: tuple[str, ...] = ()


def is_config(files: Files, path: str) -> bool:
    """Tell whether a file configures Eleventy; ``package.json`` does if it depends on it."""
    return path != "package.json" or '"@11ty/eleventy"' in text_of(files, path)


def read_config(site: Site) -> EleventyConfig:
    """Read what the configuration says in plain texts."""
    text = "" if site.config in ("", "package.json") else text_of(site.base, site.config)
    source = _folder(_named(text, "input", "setInputDirectory"))
    includes = _named(text, "includes", "setIncludesDirectory") or "_includes"
    data = _named(text, "data", "setDataDirectory") or "_data"
    layouts = _named(text, "layouts", "setLayoutsDirectory")
    output = _folder(_named(text, "output", "setOutputDirectory") or "_site")
    ignored = [output, *_ignore_file(site)]
    return EleventyConfig(
        input=source,
        data=_joined(source, data),
        includes=_joined(source, includes),
        layouts=_joined(source, layouts) if layouts else "",
        path_prefix=_named(text, "pathPrefix"),
        has_templates=re.search(r"markdownTemplateEngine[\"']?\s*:\s*false", text) is None,
        ignored=tuple(filter(None, ignored)),
    )


def directory_data(site: Site, path: str, known: dict[str, Mapping[str, Any]], top: str) -> Mapping[str, Any]:
    """Return the data of the folder of a document, and of those above it up to ``top``; ``known`` remembers folders.

    Fields of a nearer folder win; lists are joined.
    """
    folder = path.rpartition("/")[0]
    if folder in known:
        return known[folder]
    is_top = not folder or f"{folder}/" == top
    inherited = {} if is_top else directory_data(site, folder, known, top)
    name = folder.rpartition("/")[2]
    found: Mapping[str, Any] = inherited
    for suffix in (".json", ".yaml", ".yml", ".11tydata.json", ".11tydata.js", ".11tydata.cjs", ".11tydata.mjs"):
        data_path = f"{folder}/{name}{suffix}" if folder else f"{name}{suffix}"
        if name and site.base.exists(data_path):
            found = merged(found, file_data(site.base, data_path))
    known[folder] = found
    return found


def layout_data(site: Site, config: EleventyConfig, layout: str) -> Mapping[str, Any]:
    """Return the front matter of a layout and of the layouts around it, the nearest strongest."""
    found: dict[str, Any] = {}
    for _ in range(_MAX_LAYOUTS):
        path = _layout_path(site, config, layout)
        if not path:
            break
        fields = front_matter.split(text_of(site.base, path)).fields
        found = {**fields, **found}
        layout = values.text_of(fields, "layout")
    return found


def _layout_path(site: Site, config: EleventyConfig, layout: str) -> str:
    if not layout or ".." in layout:
        return ""
    paths = (
        f"{folder}/{layout}{suffix}"
        for folder in (config.layouts, config.includes)
        if folder
        for suffix in _LAYOUT_SUFFIXES
    )
    return next((path for path in paths if site.base.exists(path)), "")


def file_data(files: Files, path: str) -> Mapping[str, Any]:
    """Read a data file of a folder or document; of a program, the fields that are plain texts. Keys in lower case."""
    if path.endswith(("js", "ts")):
        return _plain_fields(text_of(files, path))
    try:
        found = data_files.load_mapping(files, path)
    except InvalidData:
        return {}
    return {str(key).lower(): value for key, value in found.items()}


def merged(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    """Merge data as Eleventy does: lists are joined, other values replaced."""
    result = dict(weak)
    for key, value in strong.items():
        old = result.get(key)
        if isinstance(old, list) and (isinstance(value, list) or key == "tags"):
            result[key] = [*old, *(value if isinstance(value, list) else values.texts(value))]
        else:
            result[key] = value
    return result


def text_of(files: Files, path: str) -> str:
    """Return the text of a program or data file; empty if it cannot be read."""
    try:
        return decode(read_bytes(files, path, _MAX_BYTES))[0]
    except (OSError, KeyError, TooLarge):
        return ""


def _named(text: str, key: str, function: str = "") -> str:
    match = re.search(rf"(?<![\w.])[\"']?{key}[\"']?\s*:\s*{_TEXT}", text)
    if match is None and function:
        match = re.search(rf"{function}\(\s*{_TEXT}", text)
    return match[1].strip() if match else ""


def split_program(text: str) -> tuple[dict[str, Any], str] | None:
    """Split a text whose front matter is a program: its constants with plain values, and the body. None: it is not."""
    match = _PROGRAM.match(text)
    if match is None:
        return None
    return {**_plain_fields(match["program"]), **_fields(_CONSTANT, match["program"])}, text[match.end() :]


def site_address(site: Site, folder: str, data: Mapping[str, Any]) -> str:
    """Return the address of the site that its global data names; empty if none does."""
    for name in _SITE_DATA:
        found = data.get(name)
        if isinstance(found, Mapping):
            address = values.text_of(found, "url", "host", "baseurl", "base_url", "siteurl", "origin")
            if address.startswith("http"):
                return address
        for suffix in (".js", ".mjs", ".cjs"):
            path = f"{folder}/{name}{suffix}"
            if site.base.exists(path) and (match := _ADDRESS.search(text_of(site.base, path))):
                return match[1]
    return ""


def _plain_fields(text: str) -> dict[str, Any]:
    fields = _fields(_FIELD, text)
    if isinstance(fields.get("tags"), str):
        fields["tags"] = [fields["tags"]]
    if "permalink" not in fields and (match := _PERMALINK_PROGRAM.search(text)):
        fields["permalink"] = _SIMPLE_VALUE.sub(r"{{ \1 }}", match[1])
    return fields


def _fields(pattern: re.Pattern[str], text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for match in pattern.finditer(text):
        if match["flag"]:
            value: Any = match["flag"] == "true"
        elif match["list"] is not None:
            value = _QUOTED.findall(match["list"])
        else:
            value = next(part for part in match.group("double", "single", "tick") if part is not None)
        fields.setdefault(match["name"].lower(), value)
    return fields


def _ignore_file(site: Site) -> list[str]:
    lines = text_of(site.base, ".eleventyignore").splitlines() if site.base.exists(".eleventyignore") else []
    return [line.strip().removeprefix("./").strip("/") for line in lines if line.strip() and line[0] not in "#!"]


def _folder(text: str) -> str:
    parts = [part for part in text.split("/") if part not in ("", ".", "..")]
    return "/".join(parts) + "/" if parts else ""


def _joined(source: str, folder: str) -> str:
    """Folders of data and includes are relative to the input folder, and may lie outside of it."""
    parts = source.strip("/").split("/") if source else []
    for part in folder.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
