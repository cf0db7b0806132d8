"""semsearch: semantic search and related posts for blogs and other collections of posts.

>>> import semsearch
>>> semsearch.rebuild("corpus", "index")         # doctest: +SKIP
>>> searcher = semsearch.open("index")           # doctest: +SKIP
>>> searcher.search("how do models do maths?")   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.lazy_imports import lazy_attributes

if TYPE_CHECKING:
    from semsearch.client import AsyncClient, Client
    from semsearch.errors import SemsearchError
    from semsearch.posts import Post
    from semsearch.rebuilding import Report, rebuild
    from semsearch.search import Searcher
    from semsearch.search import open_index as open  # noqa: A004

__all__ = ["AsyncClient", "Client", "Post", "Report", "Searcher", "SemsearchError", "open", "rebuild"]

# Loaded on first access: numpy, FAISS and other libraries take longer to load than most commands take to run.
__getattr__ = lazy_attributes(
    __name__,
    {
        "AsyncClient": "semsearch.client",
        "Client": "semsearch.client",
        "Post": "semsearch.posts",
        "Report": "semsearch.rebuilding",
        "Searcher": "semsearch.search",
        "SemsearchError": "semsearch.errors",
        "open": "semsearch.search:open_index",
        "rebuild": "semsearch.rebuilding",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
