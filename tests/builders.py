"""Helpers for tests: raw posts, corpora, the result of a command, and the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
"""Test collections and hostile inputs outside the project. Tests that read them are skipped where it is absent."""


def raw_post(post_id: str, **fields: Any) -> dict[str, Any]:
    """A post as an object of a corpus file."""
    return {"id": post_id, "title": f"Title of {post_id}", "teaser": f"What {post_id} is about."} | fields


def write_corpus(folder: Path, posts: Iterable[Mapping[str, Any] | str], name: str = "posts.jsonl") -> Path:
    """Write posts, or raw lines, to ``folder/name``, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (post if isinstance(post, str) else json.dumps(post, ensure_ascii=False) for post in posts)
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class CommandResult:
    """The exit status and the output of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., CommandResult]


def service(**settings: Any) -> FastAPI:
    """The service with these settings. The deadline is long, since tests run in parallel."""
    from semsearch.api import create_app  # noqa: PLC0415  (1 s, and processes that tests start need no service)
    from semsearch.settings import Settings  # noqa: PLC0415

    defaults: dict[str, Any] = {"deadline_seconds": 60.0, "hosts": ("testserver", "localhost", "127.0.0.1")}
    return create_app(Settings(**defaults | settings))
