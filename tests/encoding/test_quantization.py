from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.encoding.quantization import GROUP, quantize, quantize_groups
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import load_openvino, openvino_core
from tests.encoding.tiny import VOCABULARY, WORDS, Tiny, cosines, documents

TEXTS = [*WORDS, "the bread of the town", "garden music", " ".join(WORDS * 3), "zebra"]

# --- groups -----------------------------------------------------------------------------------------------------------

weights = st.tuples(st.integers(1, 4), st.integers(1, 3)).flatmap(
    lambda shape: arrays(
        np.float32,
        (shape[0], shape[1] * GROUP),
        elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False),
        fill=st.sampled_from([0.0, 0.02, -1.0]),
    )
)


@given(weights)
@settings(max_examples=60, deadline=None)
def test_quantized_weights_differ_by_at_most_half_a_scale(weights: NDArray[np.float32]) -> None:
    rows, columns = weights.shape
    integers, scales = quantize_groups(weights)
    assert (str(integers.dtype), str(scales.dtype)) == ("int8", "float32")
    assert integers.shape == (rows, columns // GROUP, GROUP)
    assert scales.shape == (rows, columns // GROUP, 1)
    assert (scales > 0).all()
    error = np.abs((integers.astype(np.float64) * scales).reshape(rows, columns) - weights)
    assert (error.reshape(integers.shape) <= 0.5001 * scales).all()
    assert (integers > -128).all(), "negative and positive numbers have the same integers"


def test_a_group_has_a_scale_of_its_own() -> None:
    """So an outlier in one group does not make the others less precise."""
    weights = np.concatenate([np.full(GROUP, 1e-3), np.full(GROUP - 1, 1e-3), [1000.0]]).astype(np.float32)
    integers, scales = quantize_groups(np.stack([weights, -weights]))
    assert integers[:, 0].tolist() == [[127] * GROUP, [-127] * GROUP]
    assert integers[:, 1].tolist() == [[0] * (GROUP - 1) + [127], [0] * (GROUP - 1) + [-127]]
    np.testing.assert_allclose(scales[:, :, 0], [[1e-3 / 127, 1000 / 127]] * 2, rtol=1e-6)


def test_zeros_stay_zeros() -> None:
    integers, scales = quantize_groups(np.zeros((2, GROUP), dtype=np.float32))
    assert not integers.any()
    assert np.isfinite(scales).all()


# --- matrices ---------------------------------------------------------------------------------------------------------


def is_quantized(product: Any) -> bool:
    """Return whether the second input of a product comes from integers."""
    node = product.input_value(1).get_node()
    while node.get_type_name() != "Constant":
        node = node.input_value(0).get_node()
    return bool(node.get_element_type().get_type_name() == "i8")


def quantized_products(model: Any) -> dict[str, bool]:
    """Return by the short name of each product whether it is quantized."""
    products = [node for node in model.get_ordered_ops() if node.get_type_name() == "MatMul"]
    return {node.get_friendly_name().split("encoder.")[-1].split("/")[0]: is_quantized(node) for node in products}


def make_model(weights: NDArray[Any], *, transposed: bool = True) -> Any:
    """Return a model that multiplies by one matrix; ``transposed``: with one output per row."""
    openvino = load_openvino()
    ops = openvino.opset13
    inputs = ops.parameter([-1, weights.shape[-1 if transposed else -2]], weights.dtype, name="x")
    return openvino.Model([ops.matmul(inputs, ops.constant(weights), False, transposed)], [inputs])


def rows_of(model: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = openvino_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rows: NDArray[np.float32] = compiled({"x": inputs})[0]
    return rows


def normal(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(5).standard_normal(shape).astype(np.float32)


def test_all_products_except_attention_values_are_quantized(wide: Path) -> None:
    model = openvino_core().read_model(str(wide / "model.xml"))
    assert quantize(model) == 10
    parts = ("query", "key", "value")
    assert quantized_products(model) == {
        **{f"layer.{layer}.attention.self.{part}": part != "value" for layer in range(2) for part in parts},
        **{
            f"layer.{layer}.{part}": True
            for layer in range(2)
            for part in ("attention.output.dense", "intermediate.dense", "output.dense")
        },
        "aten::matmul": False,  # the pooling
    }


def test_lookup_tables_are_not_quantized(wide: Path) -> None:
    model = openvino_core().read_model(str(wide / "model.xml"))
    quantize(model)
    sources = [node.input_value(0).get_node() for node in model.get_ordered_ops() if node.get_type_name() == "Gather"]
    tables = [source for source in sources if source.get_type_name() == "Constant" and source.data.ndim == 2]
    assert (len(VOCABULARY), Tiny(wide=True).dimension) in {table.data.shape for table in tables}
    assert {table.data.dtype for table in tables} == {np.dtype(np.float32)}


def test_a_model_of_small_matrices_has_nothing_to_quantize(good: Path) -> None:
    model = openvino_core().read_model(str(good / "model.xml"))
    assert quantize(model) == 0
    assert not any(quantized_products(model).values())


def test_a_quantized_model_is_not_quantized_again(wide: Path) -> None:
    assert quantize(openvino_core().read_model(str(wide / "quantized.xml"))) == 0


def test_a_matrix_of_whole_groups_is_quantized() -> None:
    weights, inputs = normal(3, 2 * GROUP), normal(5, 2 * GROUP)
    model = make_model(weights)
    assert quantize(model) == 1
    integers, scales = quantize_groups(weights)
    expected = inputs @ (integers * scales).reshape(weights.shape).T
    np.testing.assert_allclose(rows_of(model, inputs), expected, atol=0.3)  # the inputs are quantized too
    assert not np.array_equal(rows_of(model, inputs), rows_of(make_model(weights), inputs))


@pytest.mark.parametrize(
    ("weights", "transposed"),
    [
        (normal(3, GROUP - 1), True),
        (normal(3, GROUP + 1), True),
        (normal(3, GROUP // 2), True),
        (normal(GROUP, GROUP), False),
        (normal(GROUP, 3), False),
        (normal(2, GROUP, GROUP), True),
        (normal(3, GROUP).astype(np.float16), True),
        (normal(3, GROUP).astype(np.float64), True),
    ],
    ids=["short", "long", "half", "not transposed", "not transposed, narrow", "three axes", "half precision", "double"],
)
def test_other_matrices_are_not_quantized(weights: NDArray[Any], transposed: bool) -> None:
    model = make_model(weights, transposed=transposed)
    assert quantize(model) == 0
    (product,) = (node for node in model.get_ordered_ops() if node.get_type_name() == "MatMul")
    np.testing.assert_array_equal(product.input_value(1).get_node().data, weights)


def test_a_product_of_two_inputs_is_not_quantized() -> None:
    openvino = load_openvino()
    ops = openvino.opset13
    left, right = (ops.parameter([4, GROUP], np.float32) for _ in range(2))
    assert quantize(openvino.Model([ops.matmul(left, right, False, True)], [left, right])) == 0


def test_attention_values_that_are_not_a_product_are_ignored() -> None:
    openvino = load_openvino()
    ops = openvino.opset13
    inputs = ops.parameter([1, 4, GROUP], np.float32)
    query, key = (ops.matmul(inputs, ops.constant(normal(GROUP, GROUP)), False, True) for _ in range(2))
    attended = ops.scaled_dot_product_attention(query, key, ops.relu(inputs))
    assert quantize(openvino.Model([attended], [inputs])) == 2


# --- vectors ----------------------------------------------------------------------------------------------------------


def test_quantized_vectors_are_close_to_the_reference(
    wide: Path, reference: Callable[[Tiny], ReferenceEncoder]
) -> None:
    encoder = OpenVinoEncoder(wide, "wide", quantized=True)
    assert encoder.backend == "openvino-int8"
    expected = documents(reference(Tiny(wide=True)), TEXTS)
    for actual in (documents(encoder, TEXTS), encoder.encode_queries(TEXTS)):
        assert cosines(actual, expected).min() > 0.99
        assert cosines(actual, expected).mean() > 0.998
    assert (expected[0] @ expected[1:].T).max() < 0.99, "different texts have less similar vectors"


def test_the_exact_form_of_a_quantized_export_is_exact(
    wide: Path, reference: Callable[[Tiny], ReferenceEncoder]
) -> None:
    encoder: Encoder = OpenVinoEncoder(wide, "wide")
    assert encoder.backend != "openvino-int8"
    expected = documents(reference(Tiny(wide=True)), TEXTS)
    exact = cosines(documents(encoder, TEXTS), expected)
    quantized = cosines(documents(OpenVinoEncoder(wide, "wide", quantized=True), TEXTS), expected)
    assert exact.min() > 0.999
    assert exact.mean() > quantized.mean()


def test_quantized_matrices_take_a_quarter_of_the_space(wide: Path) -> None:
    exact, quantized = ((wide / name).stat().st_size for name in ("model.bin", "quantized.bin"))
    integers = 2 * (3 * 128 * 128 + 2 * 128 * 256)
    assert exact - 3 * integers <= quantized <= exact - 3 * integers + 4 * integers // GROUP + 2_000
