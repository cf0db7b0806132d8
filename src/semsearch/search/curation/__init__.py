"""Curation: what editors set by hand for queries, read from a YAML file that may change at any time."""

from semsearch.search.curation.curated import (
    EMPTY_QUERY_CURATION,
    NO_CURATION,
    Curation,
    Period,
    QueryCuration,
    normalize_query,
)
from semsearch.search.curation.curation_file import CurationFile, read_curation, read_curation_text, yaml_entry

__all__ = [
    "EMPTY_QUERY_CURATION",
    "NO_CURATION",
    "Curation",
    "CurationFile",
    "Period",
    "QueryCuration",
    "normalize_query",
    "read_curation",
    "read_curation_text",
    "yaml_entry",
]
