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
    """Return the three columns, from left to right. The bars in all of them have the same scale."""
    rows = rows_of((*lexical.hits, *hybrid.hits, *semantic.hits))
    hybrid_start, semantic_start = len(lexical.hits), len(lexical.hits) + len(hybrid.hits)
    words, mixed, meaning = rows[:hybrid_start], rows[hybrid_start:semantic_start], rows[semantic_start:]
    mixed_ranks = _ranks(mixed)
    other_ranks = {"words": _ranks(words), "meaning": _ranks(meaning)}
    return [
        Column("words", tuple(_compared_with_mixed(row, rank, mixed_ranks) for rank, row in enumerate(words, 1))),
        Column(
            "mixed", tuple(Entry(row, rank, "", _listed_ranks(row, other_ranks)) for rank, row in enumerate(mixed, 1))
        ),
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


def _listed_ranks(row: Row, ranks: dict[str, dict[str, int]]) -> str:
    return ", ".join(f"{name}: {by_id.get(row.hit.id, 'further down')}" for name, by_id in ranks.items())
