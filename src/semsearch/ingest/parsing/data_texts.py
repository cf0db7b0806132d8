"""A text in YAML, TOML or JSON → its value, with one error for the three."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, Literal

from semsearch.ingest.parsing import yaml_values

Language = Literal["yaml", "toml", "json"]
_TOML_LINE = re.compile(r"line (\d+)")


class InvalidData(Exception):
    """A text is not valid in its language, or a file with it cannot be read."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        """From 1, in the text."""
        super().__init__(reason)


def parse(text: str, language: Language) -> Any:
    """Parse a text. Raises InvalidData."""
    try:
        match language:
            case "yaml":
                return yaml_values.load(text)
            case "toml":
                return tomllib.loads(text)
            case "json":
                return json.loads(text)
    except yaml_values.InvalidYaml as error:
        raise InvalidData(f"not YAML: {error}", error.line) from error
    except tomllib.TOMLDecodeError as error:
        line = _TOML_LINE.search(str(error))
        raise InvalidData(f"not TOML: {error}", int(line[1]) if line else None) from error
    except json.JSONDecodeError as error:
        raise InvalidData(f"not JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"not {language.upper()}: {error}") from error
