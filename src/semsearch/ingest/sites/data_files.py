"""YAML, TOML and JSON files of a site → their values."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.parsing import yaml_values
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.sites.site import Site

SUFFIXES = (".yaml", ".yml", ".toml", ".json")
MAX_DATA_BYTES = 2 * 1024 * 1024
"""Of one data file. A larger one is a table for charts, not what posts name."""
_TOML_LINE = re.compile(r"line (\d+)")


class InvalidData(Exception):
    """A data or configuration file cannot be read."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        """From 1."""
        super().__init__(reason)


def load(files: Files, path: str) -> Any:
    """Read a YAML, TOML or JSON file. Raises InvalidData."""
    try:
        text, _ = decode(read_bytes(files, path, MAX_DATA_BYTES))
    except (OSError, KeyError, TooLarge) as error:
        raise InvalidData(str(error)) from error
    return parse(text, PurePosixPath(path).suffix.lower())


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


def parse(text: str, suffix: str) -> Any:
    """Parse the text of a YAML, TOML or JSON file. Raises InvalidData."""
    try:
        if suffix == ".toml":
            return tomllib.loads(text)
        if suffix == ".json":
            return json.loads(text)
        return yaml_values.load(text)
    except yaml_values.InvalidYaml as error:
        raise InvalidData(f"not YAML: {error}", error.line) from error
    except tomllib.TOMLDecodeError as error:
        line = _TOML_LINE.search(str(error))
        raise InvalidData(f"not TOML: {error}", int(line[1]) if line else None) from error
    except json.JSONDecodeError as error:
        raise InvalidData(f"not JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise InvalidData(str(error)) from error
