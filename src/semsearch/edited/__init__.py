"""YAML files that people edit while semsearch runs: reading, checking, and reading again after a change."""

from semsearch.edited.watched_file import WatchedFile
from semsearch.edited.yaml_files import EntryChecker, ErrorFactory, parse_yaml, read_content

__all__ = ["EntryChecker", "ErrorFactory", "WatchedFile", "parse_yaml", "read_content"]
