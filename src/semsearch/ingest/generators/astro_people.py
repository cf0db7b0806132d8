"""A collection of authors of an Astro site → their names."""

from __future__ import annotations

from pathlib import PurePosixPath

from semsearch.ingest.files import Files
from semsearch.ingest.generators.astro_config import AstroConfig
from semsearch.ingest.generators.config_text import read_text
from semsearch.ingest.parsing import front_matter
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites.authors import people_of
from semsearch.ingest.sites.data_files import SUFFIXES, load

_NAMES = ("authors", "author", "people", "team", "writers")
_MAX_FILES = 2_000


def people_of_site(files: Files, config: AstroConfig) -> dict[str, str]:
    """Return the keys of authors, in lower case → names; a key is the name of a file, or one in a data file."""
    declared = {collection.name: collection for collection in config.collections}
    entries = {}
    for name in _NAMES:
        collection = declared.get(name)
        if collection is not None and collection.data_file:
            return _of_file(files, collection.data_file)
        folder = collection.folder if collection is not None else f"{config.content}{name}/"
        for path in files.paths(*SUFFIXES, ".md", ".mdx", under=folder)[:_MAX_FILES]:
            key = PurePosixPath(path.removeprefix(folder)).with_suffix("").as_posix()
            entries[key.removesuffix("/index")] = _entry(files, path)
    return people_of(entries)


def _of_file(files: Files, path: str) -> dict[str, str]:
    try:
        return people_of(load(files, path))
    except InvalidData:
        return {}


def _entry(files: Files, path: str) -> object:
    if PurePosixPath(path).suffix.lower() in (".md", ".mdx"):
        return front_matter.split(read_text(files, path)).fields
    try:
        return load(files, path)
    except InvalidData:
        return None
