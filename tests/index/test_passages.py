from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.passages import FIELDS, Passages, PassagesWriter

Spans = list[tuple[str, int, int]]


def written(folder: Path, posts: list[Spans]) -> Passages:
    writer = PassagesWriter()
    for number, spans in enumerate(posts):
        writer.add(number, spans)
    assert len(writer) == sum(map(len, posts))
    writer.save(folder)
    return Passages.open(folder, len(posts))


offsets = st.integers(0, 2_000_000)
spans = st.lists(st.tuples(st.sampled_from(FIELDS), offsets, offsets), max_size=4)


@settings(max_examples=100, deadline=None)
@given(st.lists(spans, max_size=8), st.data())
def test_rows_map_to_posts_and_posts_to_rows(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Spans], data: st.DataObject
) -> None:
    passages = written(tmp_path_factory.mktemp("passages"), posts)
    assert [[passages.span(row) for row in passages.rows_of(number)] for number in range(len(posts))] == posts
    assert passages.post.tolist() == [number for number, own in enumerate(posts) for _ in own]
    chosen = data.draw(st.lists(st.integers(0, len(posts) - 1), max_size=6) if posts else st.just([]))
    rows, begins = passages.rows_of_many(np.array(chosen, dtype=np.intp))
    assert rows.tolist() == [row for number in chosen for row in passages.rows_of(number)]
    assert begins.tolist() == [sum(len(posts[number]) for number in chosen[:n]) for n in range(len(chosen) + 1)]


def test_posts_without_passages_have_no_rows(tmp_path: Path) -> None:
    passages = written(tmp_path, [[], [("body", 3, 9)], [], [("teaser", 0, 4), ("body", 0, 5)], [], []])
    assert [list(passages.rows_of(number)) for number in range(6)] == [[], [0], [], [1, 2], [], []]
    assert passages.span(2) == ("body", 0, 5)


def test_there_may_be_no_rows_and_no_posts(tmp_path: Path) -> None:
    assert len(written(tmp_path, [])) == 0
    none = written(tmp_path, [[], []])
    assert (len(none), list(none.rows_of(1))) == (0, [])
