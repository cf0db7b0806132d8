"""The columns of the playground: three rankings for one query, and how the ranks of each hit differ between them."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.api.pages.rows import Row, rows_of
from semsearch.search import SearchResult


@dataclass(frozen=True, slots=True)
class Entry:
    """A hit in a column."""

    row: Row
    rank: int
    arrow: str
    """Up or down, for decoration: ``comparison`` says the same in words. Empty if the rank is the same or unknown."""
    comparison: str
    """The rank compared with the mixed column; in the mixed column, the ranks in the other columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A ranking."""

    name: str
    """``words``, ``mixed`` or ``meaning``."""
    entries: tuple[Entry, ...]

    @property
    def is_mixed(self) -> bool:
        return self.name == "mixed"


def columns_of(lexical: SearchResult, hybrid: SearchResult, semantic: SearchResult) -> list[Column]:
    """Return the three columns, from left to right. The bars in all of them have the same scale.

    All three were searched with the same limit. A post that a shorter column does not have was not found there.
    """
    rows = rows_of((*lexical.hits, *hybrid.hits, *semantic.hits))
    hybrid_start, semantic_start = len(lexical.hits), len(lexical.hits) + len(hybrid.hits)
    words, mixed, meaning = rows[:hybrid_start], rows[hybrid_start:semantic_start], rows[semantic_start:]
    mixed_ranks = _ranks(mixed)
    others = {
        "words": (_ranks(words), _absent(lexical)),
        "meaning": (_ranks(meaning), _absent(semantic)),
    }
    return [
        Column("words", tuple(_compared_with_mixed(row, rank, mixed_ranks) for rank, row in enumerate(words, 1))),
        Column("mixed", tuple(Entry(row, rank, "", _listed_ranks(row, others)) for rank, row in enumerate(mixed, 1))),
        Column("meaning", tuple(_compared_with_mixed(row, rank, mixed_ranks) for rank, row in enumerate(meaning, 1))),
    ]


def _ranks(rows: list[Row]) -> dict[str, int]:
    return {row.hit.id: rank for rank, row in enumerate(rows, 1)}


def _compared_with_mixed(row: Row, rank: int, mixed_ranks: dict[str, int]) -> Entry:
    mixed_rank = mixed_ranks.get(row.hit.id)
    if mixed_rank is None:
        return Entry(row, rank, "", f"not in the first {len(mixed_ranks)} mixed" if mixed_ranks else "not found mixed")
    if mixed_rank == rank:
        return Entry(row, rank, "", "same rank as mixed")
    arrow, direction = ("▲", "higher") if rank < mixed_rank else ("▼", "lower")
    return Entry(row, rank, arrow, f"{abs(mixed_rank - rank)} {direction} than mixed")


def _absent(result: SearchResult) -> str:
    """Return what to say of a post that is not among the hits."""
    return "further down" if len(result.hits) == result.limit else "not found"


def _listed_ranks(row: Row, others: dict[str, tuple[dict[str, int], str]]) -> str:
    return ", ".join(f"{name}: {ranks.get(row.hit.id, absent)}" for name, (ranks, absent) in others.items())
