from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.encoding.layout import PLAIN, SHARED, in_rows, packs, placed

PADDING = 9
some_texts = st.lists(st.lists(st.integers(10, 99), min_size=1, max_size=60), min_size=1, max_size=12)


def test_in_rows_each_text_is_filled_up_to_the_longest() -> None:
    inputs = in_rows([[11, 12, 13], [21]], PADDING)
    assert tuple(inputs) == PLAIN
    assert inputs["input_ids"].tolist() == [[11, 12, 13], [21, 9, 9]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert in_rows([[11, 12, 13], [21]], PADDING, step=4)["input_ids"].shape == (2, 4)


def test_side_by_side_texts_follow_each_other_in_one_row() -> None:
    inputs = placed([[11, 12, 13], [21]], PADDING, side_by_side=True, step=6)
    assert tuple(inputs) == SHARED
    assert inputs["input_ids"].tolist() == [[11, 12, 13, 21, 9, 9]]
    assert inputs["position_ids"].tolist() == [[0, 1, 2, 0, 0, 0]]
    assert inputs["segments"].tolist() == [[0, 0, 0, 1, -1, -1]]
    assert inputs["members"].shape == (8, 6), "few shapes come"
    assert inputs["members"][:3].tolist() == [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0] * 6]


def test_many_texts_stand_in_several_rows_of_about_the_same_width() -> None:
    lengths = (60, 20, 40, 40, 30, 50)
    texts = [[number] * length for number, length in enumerate(lengths)]
    inputs = placed(texts, PADDING, side_by_side=True, step=8)
    assert inputs["input_ids"].shape == (3, 80)
    assert inputs["members"].sum(axis=1).tolist() == [*lengths, 0, 0]
    assert [set(row) - {-1} for row in inputs["segments"].tolist()] == [{0, 1}, {5, 4}, {2, 3}]


def test_there_are_no_more_rows_than_are_read_sooner_than_one() -> None:
    def shape(*lengths: int) -> tuple[int, ...]:
        texts = [[1] * length for length in lengths]
        return placed(texts, PADDING, side_by_side=True, step=8)["input_ids"].shape

    assert shape(*[77] * 3) == (1, 232), "in two rows, a third of all would only fill up"
    assert shape(*[42] * 12) == (4, 128)
    assert shape(*[10] * 16) == (2, 80)


def test_a_long_text_has_a_row_for_itself_only_where_there_is_as_much_besides() -> None:
    assert placed([[1] * 200, [2] * 100], PADDING, side_by_side=True)["input_ids"].shape == (1, 300)
    assert placed([[1] * 200, [2] * 100, [3] * 100], PADDING, side_by_side=True)["input_ids"].shape == (2, 200)


def test_a_lone_text_side_by_side_has_one_member() -> None:
    assert placed([[11, 12]], PADDING, side_by_side=True, step=8)["members"].tolist() == [[1, 1, 0, 0, 0, 0, 0, 0]]


@given(texts=some_texts, side_by_side=st.booleans(), step=st.integers(1, 8))
def test_each_text_can_be_read_back_from_where_it_was_placed(
    texts: list[list[int]], side_by_side: bool, step: int
) -> None:
    inputs = placed(texts, PADDING, side_by_side=side_by_side, step=step)
    tokens, segments = inputs["input_ids"], inputs["segments"]
    assert tokens.shape == segments.shape == inputs["position_ids"].shape
    assert tokens.shape[1] % step == 0
    if side_by_side:
        assert 1 <= len(tokens) <= max(1, sum(map(len, texts)) // max(80, *map(len, texts)))
        assert tokens.size <= 1.3 * (sum(map(len, texts)) + step), "little is filled up"
    else:
        assert len(tokens) == len(texts)
    assert (tokens[segments == -1] == PADDING).all()
    for number, text in enumerate(texts):
        member = inputs["members"][number] == 1
        assert tokens.reshape(-1)[member].tolist() == text
        assert inputs["position_ids"].reshape(-1)[member].tolist() == list(range(len(text)))
        assert len(set(np.nonzero(segments == number)[0])) == 1, "all of it is in one row"
        assert np.array_equal(member, (segments == number).reshape(-1))
    assert not inputs["members"][len(texts) :].any()


@given(texts=some_texts, most=st.integers(1, 40))
def test_packs_hold_all_texts_in_turn_and_no_more_tokens_than_allowed(texts: list[list[int]], most: int) -> None:
    found = list(packs(texts, most))
    assert [text for pack in found for text in pack] == texts
    assert all(sum(map(len, pack)) <= most or len(pack) == 1 for pack in found)
    for pack, following in pairwise(found):
        assert sum(map(len, pack)) + len(following[0]) > most, "one more would have been too many"
