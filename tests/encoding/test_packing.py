from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.encoding.packing import PACKED_INPUTS, PADDED_INPUTS, packed_inputs, padded_inputs, split_by_tokens

PAD_ID = 9
token_lists = st.lists(st.lists(st.integers(10, 99), min_size=1, max_size=60), min_size=1, max_size=12)


def test_padded_inputs_pad_each_text_to_the_longest() -> None:
    inputs = padded_inputs([[11, 12, 13], [21]], PAD_ID)
    assert tuple(inputs) == PADDED_INPUTS
    assert inputs["input_ids"].tolist() == [[11, 12, 13], [21, 9, 9]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert padded_inputs([[11, 12, 13], [21]], PAD_ID, step=4)["input_ids"].shape == (2, 4)


def test_few_texts_are_packed_into_one_row() -> None:
    inputs = packed_inputs([[11, 12, 13], [21]], PAD_ID, step=6)
    assert tuple(inputs) == PACKED_INPUTS
    assert inputs["input_ids"].tolist() == [[11, 12, 13, 21, 9, 9]]
    assert inputs["position_ids"].tolist() == [[0, 1, 2, 0, 0, 0]]
    assert inputs["segments"].tolist() == [[0, 0, 0, 1, -1, -1]]
    assert inputs["members"].shape == (8, 6), "rounded up, so that few shapes occur"
    assert inputs["members"][:3].tolist() == [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0] * 6]


def test_many_texts_are_packed_into_rows_of_similar_width() -> None:
    lengths = (60, 20, 40, 40, 30, 50)
    texts = [[number] * length for number, length in enumerate(lengths)]
    inputs = packed_inputs(texts, PAD_ID, step=8)
    assert inputs["input_ids"].shape == (3, 80)
    assert inputs["members"].sum(axis=1).tolist() == [*lengths, 0, 0]
    assert [set(row) - {-1} for row in inputs["segments"].tolist()] == [{0, 1}, {5, 4}, {2, 3}]


def test_the_number_of_rows_is_the_one_with_the_least_cost() -> None:
    def shape(*lengths: int) -> tuple[int, ...]:
        texts = [[1] * length for length in lengths]
        return packed_inputs(texts, PAD_ID, step=8)["input_ids"].shape

    assert shape(*[77] * 3) == (1, 232), "in two rows, a third would be padding"
    assert shape(*[42] * 12) == (4, 128)
    assert shape(*[10] * 16) == (2, 80)


def test_a_long_text_gets_a_row_of_its_own_only_if_the_others_fill_another() -> None:
    assert packed_inputs([[1] * 200, [2] * 100], PAD_ID)["input_ids"].shape == (1, 300)
    assert packed_inputs([[1] * 200, [2] * 100, [3] * 100], PAD_ID)["input_ids"].shape == (2, 200)


def test_a_single_packed_text_has_one_row_of_members() -> None:
    assert packed_inputs([[11, 12]], PAD_ID, step=8)["members"].tolist() == [[1, 1, 0, 0, 0, 0, 0, 0]]


@given(texts=token_lists, one_text_per_row=st.booleans(), step=st.integers(1, 8))
def test_each_text_can_be_read_back_from_packed_inputs(
    texts: list[list[int]], one_text_per_row: bool, step: int
) -> None:
    inputs = packed_inputs(texts, PAD_ID, one_text_per_row=one_text_per_row, step=step)
    tokens, segments = inputs["input_ids"], inputs["segments"]
    assert tokens.shape == segments.shape == inputs["position_ids"].shape
    assert tokens.shape[1] % step == 0
    if not one_text_per_row:
        assert 1 <= len(tokens) <= max(1, sum(map(len, texts)) // max(80, *map(len, texts)))
        assert tokens.size <= 1.3 * (sum(map(len, texts)) + step), "there is little padding"
    else:
        assert len(tokens) == len(texts)
    assert (tokens[segments == -1] == PAD_ID).all()
    for number, text in enumerate(texts):
        member = inputs["members"][number] == 1
        assert tokens.reshape(-1)[member].tolist() == text
        assert inputs["position_ids"].reshape(-1)[member].tolist() == list(range(len(text)))
        assert len(set(np.nonzero(segments == number)[0])) == 1, "a text is in one row"
        assert np.array_equal(member, (segments == number).reshape(-1))
    assert not inputs["members"][len(texts) :].any()


@given(texts=token_lists, max_tokens=st.integers(1, 40))
def test_split_by_tokens_keeps_all_texts_in_order_within_the_limit(texts: list[list[int]], max_tokens: int) -> None:
    found = list(split_by_tokens(texts, max_tokens))
    assert [text for group in found for text in group] == texts
    assert all(sum(map(len, group)) <= max_tokens or len(group) == 1 for group in found)
    for group, following in pairwise(found):
        assert sum(map(len, group)) + len(following[0]) > max_tokens, "the next text would exceed the limit"
