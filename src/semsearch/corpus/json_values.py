"""Which fields can be stored as JSON? Callers may pass values that share parts, as YAML aliases do."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 100
"""Nesting depth of lists and objects."""
MAX_CHARACTERS = 8 * 1024 * 1024
"""The size of all fields as JSON; a shared part counts in each place where it is used."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_problem(fields: Mapping[str, Any]) -> str | None:
    """Why fields cannot be stored as JSON that every JSON library reads, with the key; None if they can.

    Refused are other types, deep nesting, cycles, huge numbers, lone surrogates, and a size above MAX_CHARACTERS. Each
    shared list or object is visited once, so the time is linear in the number of distinct ones.
    """
    measuring, size = _Measuring(), 0
    for key, value in fields.items():
        try:
            size += _scalar_size(key) + measuring.measure(value, 0)[0]
        except _NotStorable as error:
            return f"{key[:40]!r} {error}"
        if size > MAX_CHARACTERS:
            return f"{key[:40]!r} and the keys before it have more than {MAX_CHARACTERS:,} characters as JSON"
    return None


class _NotStorable(Exception):
    """The value cannot be stored; the message is the reason."""


class _Measuring:
    def __init__(self) -> None:
        self._measured: dict[int, tuple[int, int]] = {}
        """Size and height of each list and object, by its identity."""

    def measure(self, value: Any, depth: int) -> tuple[int, int]:
        """The least size of a value as JSON, in characters, and its height: how many levels of lists and objects."""
        if depth > MAX_DEPTH:
            raise _NotStorable(f"is nested more than {MAX_DEPTH} levels deep")
        if not isinstance(value, dict | list):
            return _scalar_size(value), 0
        if (known := self._measured.get(id(value))) is None:
            known = self._measured[id(value)] = self._measure_parts(value, depth)
        if depth + known[1] > MAX_DEPTH:
            raise _NotStorable(f"is nested more than {MAX_DEPTH} levels deep")
        return known

    def _measure_parts(self, value: dict[Any, Any] | list[Any], depth: int) -> tuple[int, int]:
        size, height = 2, 0
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise _NotStorable(f"has a key that is not text, but {type(key).__name__}")
                size += _scalar_size(key)
        for part in value.values() if isinstance(value, dict) else value:
            part_size, part_height = self.measure(part, depth + 1)
            size += part_size + 1
            height = max(height, part_height + 1)
        return size, height


def _scalar_size(value: Any) -> int:
    match value:
        case None | bool():
            return 4
        case str():
            if _SURROGATE.search(value):
                raise _NotStorable("has a lone surrogate")
            return len(value) + 2
        case int():
            return value.bit_length() // 4 + 1  # a digit has 3.3 bits
        case float():
            if not math.isfinite(value):
                raise _NotStorable("has a number that is too large")
            return 1
    raise _NotStorable(f"has a value of the type {type(value).__name__}, which JSON does not have")
