"""The lines of a CSV or TSV file → its header, and its rows with their line, or what is wrong with them."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from semsearch.ingest.parsing.csv_cells import allow_long_cells

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 200
_SAMPLE_CHARACTERS = 200_000
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""The first line that Excel reads to know the delimiter."""
_ESCAPED_QUOTE = re.compile(r"\\\"(?![,;\t|\r\n])")
_MAX_RECOVERIES = 100


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a file are separated."""

    delimiter: str
    escape: str | None = None

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Read rows of cells."""
        return csv.reader(lines, delimiter=self.delimiter, escapechar=self.escape, skipinitialspace=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A row, or why it cannot be read."""

    line: int
    """On which it begins, from 1."""
    cells: list[str] = field(default_factory=list)
    """As many as the header has."""
    problem: str = ""


class CsvRows:
    """A file by rows. Its lines are read once."""

    def __init__(self, lines: Iterable[str]) -> None:
        allow_long_cells()
        self._lines = _Lines(iter(lines))
        sample = self._lines.look_ahead()
        named = _SEPARATOR_LINE.fullmatch(sample[0]) if sample else None
        if named:
            next(self._lines)
            sample = sample[1:]
        self.dialect = _dialect(sample, named[1] if named else "")
        self.header = self._header()
        """The names of the columns, without spaces around them; empty for an empty or unreadable file."""
        self._recoveries = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows below the header. Blank rows are skipped."""
        reader = self.dialect.reader(self._lines)
        while True:
            start = self._lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(start, problem=f"{error}: a quote may not be closed")
                self._recover()
                reader = self.dialect.reader(self._lines)
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if problem := self._problem(cells):
                yield Row(start, problem=problem)
                self._recover()
                continue
            yield Row(start, cells[: len(self.header)])

    def _header(self) -> list[str]:
        try:
            rows = self.dialect.reader(self._lines)
            cells = next((cells for cells in rows if any(cell.strip() for cell in cells)), [])
        except csv.Error:
            return []
        while cells and not cells[-1].strip():
            cells.pop()
        return [cell.strip() for cell in cells]

    def _problem(self, cells: list[str]) -> str:
        width = len(self.header)
        taken = self._lines.taken
        is_ragged = len(cells) < width or any(cell.strip() for cell in cells[width:])
        if len(taken) > 1 and "".join(taken).count('"') % 2 and (is_ragged or self._next_row()):
            return "a quote is not closed; double quotes inside of a cell"
        return f"cells: {len(cells)}, columns in the header: {width}" if is_ragged else ""

    def _recover(self) -> None:
        """After a row of several lines that is wrong, go on at the first of them that is a row of its own."""
        following = self._next_row() if self._recoveries < _MAX_RECOVERIES else 0
        if following:
            self._recoveries += 1
            self._lines.give_back(following)

    def _next_row(self) -> int:
        """The index of the first line after the first that has as many cells as the header; 0 without one."""
        width = len(self.header)
        for index, line in enumerate(self._lines.taken[1:], start=1):
            try:
                if width > 1 and [len(cells) for cells in self.dialect.reader([line])] == [width]:
                    return index
            except csv.Error:
                continue
        return 0


class _Lines:
    """Lines that can be looked at before they are read, and given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._ahead: deque[str] = deque()
        self._number = 0
        self.taken: list[str] = []
        """The lines since :meth:`begin`."""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.taken.append(line)
        self._number += 1
        return line

    def look_ahead(self) -> list[str]:
        """The first lines, without reading them."""
        size = 0
        for line in islice(self._lines, _SAMPLE_LINES):
            self._ahead.append(line)
            size += len(line)
            if size > _SAMPLE_CHARACTERS:
                break
        return list(self._ahead)

    def begin(self) -> int:
        """Forget the lines taken so far. Returns the number of the next line."""
        self.taken = []
        return self._number + 1

    def give_back(self, index: int) -> None:
        """Give back the lines taken from this index on."""
        self._ahead.extendleft(reversed(self.taken[index:]))
        self._number -= len(self.taken) - index


def _dialect(sample: list[str], delimiter: str) -> Dialect:
    text = "".join(sample)
    escape = "\\" if _ESCAPED_QUOTE.search(text) and '""' not in text.replace(',""', "") else None
    if delimiter:
        return Dialect(delimiter, escape)
    return max((Dialect(candidate, escape) for candidate in _DELIMITERS), key=lambda dialect: _fit(dialect, sample))


def _fit(dialect: Dialect, sample: list[str]) -> tuple[bool, float, int]:
    """How well a delimiter fits: whether there are columns, how many rows are as wide as the header, how wide it is."""
    try:
        rows = list(islice(dialect.reader(sample), 21))
    except csv.Error:
        rows = []
    widths = [len(cells) for cells in rows if any(cell.strip() for cell in cells)]
    if len(widths) > 2:
        widths.pop()  # may be cut by the end of the sample
    if not widths or widths[0] < 2:
        return False, 0.0, 0
    return True, widths.count(widths[0]) / len(widths), widths[0]
