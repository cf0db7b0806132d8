"""Quantize the weights of an OpenVINO model to eight-bit integers.

Each row of a matrix is divided into groups, and each group is stored as integers with a scale of its own. OpenVINO
quantizes the activations in the same way at run time (dynamic quantization), so that the product is one of integers: a
processor with VNNI computes twice as many per cycle as in bf16. With groups, outliers of some features do not affect
the precision of the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.runtime import load_openvino

_MATMUL, _ATTENTION = "MatMul", "ScaledDotProductAttention"
GROUP = 64
"""Numbers that share a scale, of weights and of activations."""
_LARGEST = 127


def quantize(model: Any) -> int:
    """Quantize an ``openvino.Model`` in place and return how many matrices were quantized.

    Quantizes constant matrices of products that are stored with one output per row and whose rows divide into groups.
    Lookup tables stay as they are, since they cost no time, and so do the matrices that make the values of attention:
    they are few and would cause half of the error. For all-MiniLM-L6-v2 the mean cosine similarity to single precision
    is 0.9997, at about 1.2 times the speed of bf16 on a processor with VNNI.
    """
    nodes = model.get_ordered_ops()
    values = {_matmul_behind(node.input_value(2)) for node in nodes if node.get_type_name() == _ATTENTION}
    products = [node for node in nodes if node.get_type_name() == _MATMUL]
    return sum(_quantize_matmul(node) for node in products if node.get_friendly_name() not in values)


def _matmul_behind(output: Any) -> str | None:
    """Follow an output back, through additions and reshapes, to the MatMul it comes from, and return its name."""
    node = output.get_node()
    while node.get_type_name() != _MATMUL:
        if not node.get_input_size():
            return None
        node = node.input_value(0).get_node()
    return str(node.get_friendly_name())


def quantize_groups(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantize weights of shape (rows, columns).

    Returns integers, shape (rows, columns / GROUP, GROUP), and scales, shape (rows, columns / GROUP, 1). Their product
    differs from the weights by at most half a scale.
    """
    grouped = weights.reshape(len(weights), -1, GROUP)
    largest = np.abs(grouped).max(axis=2, keepdims=True)
    scales = np.where(largest > _LARGEST * np.finfo(np.float32).tiny, largest / _LARGEST, 1).astype(np.float32)
    return np.rint(grouped / scales).astype(np.int8), scales


def _quantize_matmul(node: Any) -> bool:
    constant = node.input(1).get_source_output().get_node()
    if constant.get_type_name() != "Constant" or not node.get_attributes()["transpose_b"]:
        return False
    weights = constant.data
    if weights.dtype != np.float32 or weights.ndim != 2 or weights.shape[1] % GROUP:
        return False
    integers, scales = quantize_groups(weights)
    ops = load_openvino().opset13
    scaled = ops.multiply(ops.convert(ops.constant(integers), "f32"), ops.constant(scales))
    matrix = ops.reshape(scaled, ops.constant(np.array(weights.shape)), special_zero=False)
    node.input(1).replace_source_output(matrix.output(0))
    return True
