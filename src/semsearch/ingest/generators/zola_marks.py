"""Configuration or front matter → whether it is Zola's, which shares their form and names with Hugo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites import data_files

CONFIG_NAMES = ("zola.toml", "config.toml")
_KEYS = frozenset(
    ("sort_by", "page_template", "paginate_by", "insert_anchor_links", "generate_feeds", "generate_feed", "transparent",
     "in_search_index", "redirect_to", "extra", "taxonomies")
)  # fmt: skip


def are_in(fields: Mapping[str, Any]) -> bool:
    """Tell whether a document has keys that Zola alone knows."""
    return not _KEYS.isdisjoint(fields)


def is_config(files: Files, path: str) -> bool:
    """Tell whether a configuration file is Zola's: ``base_url`` is what every site has to say."""
    try:
        config = data_files.load_mapping(files, path)
    except InvalidData:
        return path == "zola.toml"
    return path == "zola.toml" or "base_url" in config
