"""semsearch: semantic search and related posts for anyone who publishes.

>>> import semsearch
>>> semsearch.rebuild("corpus", "index")         # doctest: +SKIP
>>> searcher = semsearch.open("index")           # doctest: +SKIP
>>> searcher.search("how do models do maths?")   # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semsearch.client import AsyncClient, Client
    from semsearch.errors import SemsearchError
    from semsearch.posts import Post
    from semsearch.rebuilding import Report, rebuild
    from semsearch.search import Searcher
    from semsearch.search import open_index as open  # noqa: A004

__all__ = ["AsyncClient", "Client", "Post", "Report", "Searcher", "SemsearchError", "open", "rebuild"]

# Loaded when first asked for: numpy, FAISS and the rest take longer to load than most commands take to run.
_HOMES = {
    "AsyncClient": ("semsearch.client", "AsyncClient"),
    "Client": ("semsearch.client", "Client"),
    "Post": ("semsearch.posts", "Post"),
    "Report": ("semsearch.rebuilding", "Report"),
    "Searcher": ("semsearch.search", "Searcher"),
    "SemsearchError": ("semsearch.errors", "SemsearchError"),
    "open": ("semsearch.search", "open_index"),
    "rebuild": ("semsearch.rebuilding", "rebuild"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
