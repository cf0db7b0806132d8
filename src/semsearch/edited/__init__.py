"""YAML files that people edit while semsearch runs: reading, checking, and reading again after a change."""

from semsearch.edited.watched_file import WatchedFile
from semsearch.edited.yaml_files import (
    EntryChecker,
    ErrorFactory,
    entry_name,
    field_name,
    parse_yaml,
    parse_yaml_with_lines,
    read_content,
)

__all__ = [
    "EntryChecker",
    "ErrorFactory",
    "WatchedFile",
    "entry_name",
    "field_name",
    "parse_yaml",
    "parse_yaml_with_lines",
    "read_content",
]
