"""Open an index for search, with its encoder, its curation file and a reranker."""

from __future__ import annotations

from pathlib import Path

from semsearch.encoding import TrustedExports, open_encoder_for
from semsearch.encoding.reranker import open_reranker
from semsearch.index import IndexFolder
from semsearch.search.curation import CurationFile
from semsearch.search.searcher import Searcher
from semsearch.search.second_stage import SecondStage

RERANK_BUDGET_MS = 300.0


def open_index(
    index: Path | str = "index",
    *,
    version: str | None = None,
    cache: Path | str | None = None,
    curation: Path | str | None = None,
    reranker: str | None = None,
    rerank_budget_ms: float = RERANK_BUDGET_MS,
) -> Searcher:
    """Open the current version of an index, or the given ``version``.

    ``cache``: folder of exported models, by default the folder ``cache`` of the index. ``curation``: YAML file of
    pinned and hidden posts, which is read again when it changes. ``reranker``: name or folder of a cross-encoder that
    reranks the first hits; ``rerank_budget_ms``: milliseconds that it may take.

    Raises IndexNotFound, VersionNotFound, DamagedVersion, UnsupportedFormat, CurationError, ModelError or
    InvalidRequest.
    """
    folder = IndexFolder(Path(index))
    snapshot = folder.open(version)
    return Searcher(
        snapshot,
        open_encoder_for(
            snapshot.manifest.model,
            cache=Path(cache) if cache else folder.cache,
            trusted=TrustedExports(folder.trusted_exports),
        ),
        curation=open_curation(Path(curation) if curation else None),
        second_stage=open_second_stage(reranker, rerank_budget_ms),
    )


def open_curation(file: Path | None, *, on_demand: bool = True) -> CurationFile | None:
    """Open a curation file, which need not exist yet; None for None. Raises CurationError.

    ``on_demand``: see :class:`semsearch.edited.WatchedFile`.
    """
    return None if file is None else CurationFile(file, on_demand=on_demand)


def open_second_stage(reranker: str | None, budget_ms: float = RERANK_BUDGET_MS) -> SecondStage | None:
    """Open a reranker by name or folder; None for None. Raises ModelError or InvalidRequest."""
    return None if reranker is None else SecondStage(open_reranker(reranker), budget_ms=budget_ms)
