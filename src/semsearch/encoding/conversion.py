"""How does a model become one function of its tokens? A sentence-transformers model in, an OpenVINO model out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from semsearch.encoding.layout import SHARED, in_rows, placed
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import load_openvino

_MOST_TOKENS = 1_024
"""Of a text: what sees what is a square of that for each row, and so much memory."""


def converted(reference: ReferenceEncoder, example: Sequence[Sequence[int]]) -> Any:
    """The model as an ``openvino.Model`` that reads one text a row (``layout.PLAIN``); ``example``: tokens of two texts
    of unlike length, so that the mask matters to what is traced."""
    return _traced(_Plain(reference.model), in_rows(example, _padding(reference)))


def converted_to_share(reference: ReferenceEncoder, example: Sequence[Sequence[int]]) -> Any:
    """The same, but that texts may share a row (``layout.SHARED``). Raises ValueError where the model is not of a kind
    that can be made so; whether its vectors are right must be seen."""
    if reference.card.max_tokens > _MOST_TOKENS:
        raise ValueError(f"its texts may have more than {_MOST_TOKENS} tokens")
    model = _traced(_Shared(reference.model), placed(example, _padding(reference), side_by_side=True))
    for port, name in zip(model.inputs, SHARED, strict=True):
        port.get_tensor().set_names({name})
    return model


def _padding(reference: ReferenceEncoder) -> int:
    return int(reference.model.tokenizer.pad_token_id or 0)


def _traced(module: torch.nn.Module, inputs: Any) -> Any:
    example = tuple(map(torch.tensor, inputs.values()))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns about every shape it fixes; the comparison tells what matters
        return load_openvino().convert_model(module.eval().cpu(), example_input=example)


class _Plain(torch.nn.Module):
    """The whole model, pooling and normalisation included."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
        embedding: torch.Tensor = features["sentence_embedding"]
        return embedding


class _Shared(torch.nn.Module):
    """The same, in which a token sees those of its own text alone (sequence packing: Krell et al., 2021)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        transformer, pooling, *rest = model
        if getattr(pooling, "pooling_mode", None) not in ("mean", "cls") or not pooling.include_prompt:
            raise ValueError("its pooling is neither the mean of all tokens nor the first")
        self.transformer, self.rest = transformer.auto_model, torch.nn.ModuleList(rest)
        self.by_first_token = pooling.pooling_mode == "cls"
        positions = getattr(getattr(self.transformer, "embeddings", None), "position_embeddings", None)
        padding = getattr(positions, "padding_idx", None)
        self.first = 0 if padding is None else padding + 1
        """The number of the first position: some kinds of model count on from that of their padding."""

    def forward(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, segments: torch.Tensor, members: torch.Tensor
    ) -> torch.Tensor:
        same = segments[:, :, None] == segments[:, None, :]
        mask = torch.where(same, 0.0, torch.finfo(torch.float32).min)[:, None]
        states = self.transformer(
            input_ids=input_ids, attention_mask=mask, position_ids=position_ids + self.first
        ).last_hidden_state
        if self.by_first_token:
            members = members * (position_ids.reshape(1, -1) == 0)
        pooled = members @ states.reshape(-1, states.shape[-1])
        features = {"sentence_embedding": pooled / members.sum(dim=1, keepdim=True).clamp(min=1.0)}
        for module in self.rest:
            features = module(features)
        embedding: torch.Tensor = features["sentence_embedding"]
        return embedding
