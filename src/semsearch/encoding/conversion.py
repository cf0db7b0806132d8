"""Convert a sentence-transformers model to OpenVINO. The converted model maps tokens to vectors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from semsearch.encoding.packing import PACKED_INPUTS, packed_inputs, padded_inputs
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import load_openvino

_MAX_TOKENS = 1_024
"""Of a text in a packed model: its attention mask has the square of that for each row."""


def convert_padded(reference: ReferenceEncoder, example: Sequence[Sequence[int]]) -> Any:
    """Return an ``openvino.Model`` that takes ``packing.PADDED_INPUTS``.

    ``example``: the tokens of two texts of different length, so that tracing sees the mask matter.
    """
    return _trace(_PaddedModel(reference.model), padded_inputs(example, _pad_id(reference)))


def convert_packed(reference: ReferenceEncoder, example: Sequence[Sequence[int]]) -> Any:
    """Return an ``openvino.Model`` that takes ``packing.PACKED_INPUTS``; ``example`` as in :func:`convert_padded`.

    Raises ValueError for a kind of model that cannot be packed. The caller must compare the vectors: a model that is
    converted may still give others than the original.
    """
    if reference.card.max_tokens > _MAX_TOKENS:
        raise ValueError(f"its texts may have more than {_MAX_TOKENS} tokens")
    model = _trace(_PackedModel(reference.model), packed_inputs(example, _pad_id(reference)))
    for port, name in zip(model.inputs, PACKED_INPUTS, strict=True):
        port.get_tensor().set_names({name})
    return model


def _pad_id(reference: ReferenceEncoder) -> int:
    return int(reference.model.tokenizer.pad_token_id or 0)


def _trace(module: torch.nn.Module, inputs: Any) -> Any:
    example = tuple(map(torch.tensor, inputs.values()))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns about every fixed shape; the vectors are compared afterwards
        return load_openvino().convert_model(module.eval().cpu(), example_input=example)


class _PaddedModel(torch.nn.Module):
    """The whole model, pooling and normalisation included, for one text per row."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
        embedding: torch.Tensor = features["sentence_embedding"]
        return embedding


class _PackedModel(torch.nn.Module):
    """The whole model for packed rows: a token attends only to tokens of its own text."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        transformer, pooling, *rest = model
        if getattr(pooling, "pooling_mode", None) not in ("mean", "cls") or not pooling.include_prompt:
            raise ValueError("its pooling is neither the mean of all tokens nor the first")
        self.transformer, self.rest = transformer.auto_model, torch.nn.ModuleList(rest)
        self.pools_first_token = pooling.pooling_mode == "cls"
        positions = getattr(getattr(self.transformer, "embeddings", None), "position_embeddings", None)
        padding = getattr(positions, "padding_idx", None)
        self.first_position = 0 if padding is None else padding + 1
        """Some architectures number positions from the one after that of padding."""

    def forward(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, segments: torch.Tensor, members: torch.Tensor
    ) -> torch.Tensor:
        is_same_text = segments[:, :, None] == segments[:, None, :]
        mask = torch.where(is_same_text, 0.0, torch.finfo(torch.float32).min)[:, None]
        states = self.transformer(
            input_ids=input_ids, attention_mask=mask, position_ids=position_ids + self.first_position
        ).last_hidden_state
        if self.pools_first_token:
            members = members * (position_ids.reshape(1, -1) == 0)
        pooled = members @ states.reshape(-1, states.shape[-1])
        features = {"sentence_embedding": pooled / members.sum(dim=1, keepdim=True).clamp(min=1.0)}
        for module in self.rest:
            features = module(features)
        embedding: torch.Tensor = features["sentence_embedding"]
        return embedding
