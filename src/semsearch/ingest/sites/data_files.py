"""YAML, TOML and JSON files of a site → their values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.parsing.data_texts import InvalidData, Language, parse
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.sites.site import Site

_LANGUAGES: dict[str, Language] = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json"}
SUFFIXES = tuple(_LANGUAGES)
MAX_DATA_BYTES = 2 * 1024 * 1024
"""Of one data file. A larger one is a table for charts, not what posts name."""


def load(files: Files, path: str) -> Any:
    """Read a YAML, TOML or JSON file. Raises InvalidData."""
    try:
        text, _ = decode(read_bytes(files, path, MAX_DATA_BYTES))
    except (OSError, KeyError, TooLarge) as error:
        raise InvalidData(str(error)) from error
    return parse(text, _LANGUAGES.get(PurePosixPath(path).suffix.lower(), "yaml"))


def load_mapping(files: Files, path: str) -> Mapping[str, Any]:
    """Read a file whose content is a mapping; an empty file is an empty one. Raises InvalidData."""
    value = load(files, path)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidData("the file has no keys")
    return value


def load_folder(site: Site, folder: str, depth: int = 3) -> dict[str, Any]:
    """Read the data files of a folder as templates see them: nested by folder, by name without suffix.

    Files that cannot be read are left out: nothing in a post depends on them alone.
    """
    result: dict[str, Any] = {}
    for path in site.files_in(folder, *SUFFIXES):
        parts = path.removeprefix(f"{folder.strip('/')}/").split("/")
        if len(parts) > depth:
            continue
        try:
            value = load(site.base, path)
        except InvalidData:
            continue
        target = result
        for part in parts[:-1]:
            child = target.setdefault(part, {})
            target = child if isinstance(child, dict) else {}
        target[PurePosixPath(parts[-1]).stem] = value
    return result
