"""Writes the related list of every post to a folder, as JSON and HTML."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from semsearch.errors import ExportFailed
from semsearch.exporting.names import file_name
from semsearch.rendering import templates
from semsearch.search import Example, RelatedRequest, Searcher
from semsearch.search.results import RelatedResult, to_json

INDEX = "index.json"
"""Lists the file name of each post."""
KIND = "semsearch related posts"
"""Marks an index as that of an export."""
_REPORT_EVERY = 100

OnPosts = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The number of posts and files of an export."""

    posts: int
    written: int
    """Files that are new or changed. Other files were not touched."""
    removed: int
    """Files of posts that no longer exist."""
    empty: int
    """Posts with an empty list."""
    index_version: str


def export_related(
    searcher: Searcher, folder: Path | str, request: RelatedRequest | None = None, *, on_posts: OnPosts = lambda _: None
) -> ExportResult:
    """Write the related list of each post as JSON, as in ``GET /v1/posts/{id}/related``, and as an HTML fragment.

    ``request``: the settings of the lists; its examples are ignored. Files whose content would not change are not
    touched. Files of an earlier export whose posts are gone are removed; other files in the folder stay. Raises
    ExportFailed, before any file that is not of an export would be overwritten.
    """
    folder = Path(folder)
    settings = request or RelatedRequest(positive=(Example(id="-"),))
    before = _previous_names(folder)
    names = {post_id: file_name(post_id) for post_id in searcher.snapshot.documents.ids()}
    written, empty, version = 0, 0, searcher.snapshot.version
    template = templates.get_template("related.html")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_conflicts(folder, set(names.values()) - set(before.values()))
        _write(
            folder / INDEX, _index(version, {**before, **names})
        )  # after a failure, the next export still knows its files
        for count, (post_id, name) in enumerate(names.items(), start=1):
            result = searcher.run_related(replace(settings, positive=(Example(id=post_id),), negative=()))
            written += _write(folder / f"{name}.json", _json(_content(result)))
            written += _write(folder / f"{name}.html", template.render(hits=result.hits, name=name).strip() + "\n")
            empty += not result.hits
            if count % _REPORT_EVERY == 0:
                on_posts(count)
        removed = sum(_remove(folder, name) for name in set(before.values()) - set(names.values()))
        _write(folder / INDEX, _index(version, names))
    except OSError as error:
        raise ExportFailed(folder, f"{_file_in(error.filename)}{error.strerror or error}") from error
    return ExportResult(len(names), written, removed, empty, version)


def _check_conflicts(folder: Path, names: Collection[str]) -> None:
    """Raise ExportFailed if a file that no export wrote has one of the names."""
    for name in names:
        for file in (folder / f"{name}.json", folder / f"{name}.html"):
            if file.exists():
                raise ExportFailed(folder, f"{file.name} is not from an export, and would be overwritten")


def _index(version: str, names: Mapping[str, str]) -> str:
    return _json({"kind": KIND, "index_version": version, "posts": names})


def _content(result: RelatedResult) -> Mapping[str, Any]:
    """Return the fields of a result that change only with its list."""
    fields = to_json(result)
    return {name: fields[name] for name in ("post_id", "hits", "limit")}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def _write(file: Path, text: str) -> bool:
    """Replace the content of a file atomically. Return False if it has this content already."""
    content = text.encode()
    try:
        if file.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    new.write_bytes(content)
    new.replace(file)
    return True


def _file_in(name: object) -> str:
    """Return the name of the file in an error, with a colon; empty if unknown. Temporary names are undone."""
    written = Path(name).name.removeprefix(".").split(f".{os.getpid()}.")[0] if isinstance(name, str) else ""
    return f"{written}: " if written else ""


def _remove(folder: Path, name: str) -> int:
    files = [file for ending in ("json", "html") if (file := folder / f"{name}.{ending}").is_file()]
    for file in files:
        file.unlink()
    return len(files)


def _previous_names(folder: Path) -> Mapping[str, str]:
    """Return the file names of the last export by post id, empty for the first. Raise ExportFailed if the index in the
    folder is not from an export."""
    try:
        content = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError as error:
        raise ExportFailed(folder, "it is a file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ExportFailed(
            folder, f"{INDEX} is not from an export of related posts ({type(error).__name__})"
        ) from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise ExportFailed(folder, f"{INDEX} is not from an export of related posts")
    names: Any = content.get("posts")
    try:
        is_valid = isinstance(names, dict) and all(names[post_id] == file_name(post_id) for post_id in names)
    except UnicodeEncodeError:
        is_valid = False
    if not is_valid:
        raise ExportFailed(folder, f"{INDEX} was edited")  # files that no export wrote must not be removed
    known: Mapping[str, str] = names
    return known
