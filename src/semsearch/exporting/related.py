"""Which files does a site without a server need for its related lists? A searcher and a folder in, files out."""

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
"""Names the files of each post."""
KIND = "semsearch related posts"
"""By which an index is known for one of these."""
_REPORT_EVERY = 100

OnPosts = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    posts: int
    written: int
    """Files that are new or changed; the others were left as they are."""
    removed: int
    """Files of posts that are no more."""
    empty: int
    """Posts whose list is empty."""
    index_version: str


def export_related(
    searcher: Searcher, folder: Path | str, request: RelatedRequest | None = None, *, on_posts: OnPosts = lambda _: None
) -> Exported:
    """Writes, for each post, its list as JSON, as ``GET /v1/posts/{id}/related`` answers, and as a piece of HTML.

    ``request``: how lists are chosen, its examples left aside. Files that would be the same are not touched, and those
    of an earlier export whose posts are gone are removed; other files in the folder stay. Raises ExportFailed, which
    says why, before anything is written over that is not of an export.
    """
    folder = Path(folder)
    settings = request or RelatedRequest(positive=(Example(id="-"),))
    before = _names_before(folder)
    names = {post_id: file_name(post_id) for post_id in searcher.snapshot.documents.ids()}
    written, empty, version = 0, 0, searcher.snapshot.version
    template = templates.get_template("related.html")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_others(folder, set(names.values()) - set(before.values()))
        _write(folder / INDEX, _index(version, {**before, **names}))  # whatever happens, the next export knows its own
        for count, (post_id, name) in enumerate(names.items(), start=1):
            result = searcher.answer_related(replace(settings, positive=(Example(id=post_id),), negative=()))
            written += _write(folder / f"{name}.json", _json(_content(result)))
            written += _write(folder / f"{name}.html", template.render(hits=result.hits, name=name).strip() + "\n")
            empty += not result.hits
            if count % _REPORT_EVERY == 0:
                on_posts(count)
        removed = sum(_remove(folder, name) for name in set(before.values()) - set(names.values()))
        _write(folder / INDEX, _index(version, names))
    except OSError as error:
        raise ExportFailed(folder, f"{_final(error.filename)}{error.strerror or error}") from error
    return Exported(len(names), written, removed, empty, version)


def _refuse_others(folder: Path, names: Collection[str]) -> None:
    """Raises ExportFailed where a file that no export wrote has the name of one that this would write."""
    for name in names:
        for file in (folder / f"{name}.json", folder / f"{name}.html"):
            if file.exists():
                raise ExportFailed(folder, f"{file.name} there is not of an export, and would be overwritten")


def _index(version: str, names: Mapping[str, str]) -> str:
    return _json({"kind": KIND, "index_version": version, "posts": names})


def _content(result: RelatedResult) -> Mapping[str, Any]:
    """What is the same as long as the list is."""
    answer = to_json(result)
    return {name: answer[name] for name in ("post_id", "hits", "limit")}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def _write(file: Path, text: str) -> bool:
    """Whether it was written: not where the file says so already. A reader sees the old text or the new one."""
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


def _final(name: object) -> str:
    """Which file could not be written, if that is known."""
    written = Path(name).name.removeprefix(".").split(f".{os.getpid()}.")[0] if isinstance(name, str) else ""
    return f"{written}: " if written else ""


def _remove(folder: Path, name: str) -> int:
    files = [file for ending in ("json", "html") if (file := folder / f"{name}.{ending}").is_file()]
    for file in files:
        file.unlink()
    return len(files)


def _names_before(folder: Path) -> Mapping[str, str]:
    """The names that the last export gave, none where this is the first. Raises ExportFailed for a stranger's."""
    try:
        content = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError as error:
        raise ExportFailed(folder, "it is a file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ExportFailed(folder, f"{INDEX} there is no export of related posts ({type(error).__name__})") from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise ExportFailed(folder, f"{INDEX} there is no export of related posts")
    names: Any = content.get("posts")
    try:
        ours = isinstance(names, dict) and all(names[post_id] == file_name(post_id) for post_id in names)
    except UnicodeEncodeError:
        ours = False
    if not ours:
        raise ExportFailed(folder, f"{INDEX} there was changed")  # nothing is removed that was not written here
    known: Mapping[str, str] = names
    return known
