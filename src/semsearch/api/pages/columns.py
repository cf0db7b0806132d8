"""How do the rankings of one question differ? Three answers in; columns of hits, each with its other places, out."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.api.pages.rows import Row, rows_of
from semsearch.search import SearchResult


@dataclass(frozen=True, slots=True)
class Entry:
    """A hit in a column."""

    row: Row
    rank: int
    sign: str
    """An arrow; empty where nothing moved. What it means stands beside it."""
    moved: str
    """In words, how far it is from its place in the mixed column, or where it is in the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """One ranking."""

    name: str
    """``words``, ``mixed`` or ``meaning``."""
    entries: tuple[Entry, ...]

    @property
    def is_mixed(self) -> bool:
        return self.name == "mixed"


def columns_of(words: SearchResult, mixed: SearchResult, meaning: SearchResult) -> list[Column]:
    """The rankings side by side; bars are drawn on one scale in all of them."""
    rows = rows_of((*words.hits, *mixed.hits, *meaning.hits))
    first, second = len(words.hits), len(words.hits) + len(mixed.hits)
    of_words, of_mixed, of_meaning = rows[:first], rows[first:second], rows[second:]
    places = _places(of_mixed)
    others = {"words": _places(of_words), "meaning": _places(of_meaning)}
    return [
        Column("words", tuple(_beside(row, rank, places) for rank, row in enumerate(of_words, 1))),
        Column("mixed", tuple(Entry(row, rank, "", _elsewhere(row, others)) for rank, row in enumerate(of_mixed, 1))),
        Column("meaning", tuple(_beside(row, rank, places) for rank, row in enumerate(of_meaning, 1))),
    ]


def _places(rows: list[Row]) -> dict[str, int]:
    return {row.hit.id: rank for rank, row in enumerate(rows, 1)}


def _beside(row: Row, rank: int, mixed: dict[str, int]) -> Entry:
    place = mixed.get(row.hit.id)
    if place is None:
        return Entry(row, rank, "", f"not among the first {len(mixed)} mixed" if mixed else "not found mixed")
    if place == rank:
        return Entry(row, rank, "", "the same place mixed")
    sign, way = ("▲", "higher") if rank < place else ("▼", "lower")
    return Entry(row, rank, sign, f"{abs(place - rank)} {way} than mixed")


def _elsewhere(row: Row, others: dict[str, dict[str, int]]) -> str:
    return ", ".join(f"{name}: {places.get(row.hit.id, 'further down')}" for name, places in others.items())
