"""Test models that are made in a moment: real ones of two small layers, and folders that only look like one."""

# ruff: noqa: PLC0415  (torch takes 5 s to load, and only some tests need it)

from __future__ import annotations

import json
import string
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.encoding import Encoder, Vectors
from tests.builders import ROOT

SAME = 0.999
"""Least cosine similarity of two vectors of one text; in bf16 they depend a little on the shape of the batch."""

LEAST = {"openvino-f32": 0.9999, "openvino-bf16": 0.999, "openvino-int8": 0.997}
"""Least cosine similarity of vectors of each backend to those of sentence-transformers."""

DIMENSION = 32
MAX_TOKENS = 24
WORDS = ["the", "of", "bread", "tide", "town", "post", "search", "question", "text", "garden", "music", "market"]
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    *string.ascii_lowercase,
    *(f"##{letter}" for letter in string.ascii_lowercase),
    *string.punctuation,
    *WORDS,
]
"""Covers any text in Latin letters; digits and other scripts are unknown tokens."""


@dataclass(frozen=True)
class Tiny:
    """A BERT model with random weights, saved as sentence-transformers saves one."""

    pooling: str = "mean"
    normalize: bool = True
    prompts: tuple[tuple[str, str], ...] = ()
    default_prompt: str | None = None
    router: bool = False
    """Whether queries and documents have different weights."""
    special_tokens: bool = True
    """Whether the tokenizer adds [CLS] and [SEP]."""
    wide: bool = False
    """Whether its matrices are large enough to be quantized."""
    seed: int = 1

    @property
    def dimension(self) -> int:
        return 4 * DIMENSION if self.wide else DIMENSION

    def save(self, folder: Path) -> Path:
        """Writes the model into a new folder and returns it."""
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.base.modules import Normalize, Router

        modules: list[Any] = self._modules(folder.with_name(f"{folder.name}-bert"), self.seed)
        if self.router:
            other = self._modules(folder.with_name(f"{folder.name}-other"), self.seed + 1)
            modules = [Router.for_query_document(query_modules=modules, document_modules=other)]
        if self.normalize:
            modules.append(Normalize())
        model = SentenceTransformer(
            modules=modules, prompts=dict(self.prompts), default_prompt_name=self.default_prompt, device="cpu"
        )
        model.save_pretrained(str(folder))
        return folder

    def _modules(self, folder: Path, seed: int) -> list[Any]:
        import torch
        from sentence_transformers.base.modules import Transformer
        from sentence_transformers.sentence_transformer.modules import Pooling
        from transformers import BertConfig, BertModel

        _tokenizer(self.pieces()).save_pretrained(str(folder))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            config = BertConfig(
                vocab_size=len(VOCABULARY),
                hidden_size=self.dimension,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=(2 if self.wide else 1) * self.dimension,  # narrow rows do not divide into groups
                max_position_embeddings=64,
                initializer_range=0.3,  # large, so that different texts get different vectors
            )
            BertModel(config).save_pretrained(str(folder))
        return [Transformer(str(folder), max_seq_length=MAX_TOKENS), Pooling(self.dimension, pooling_mode=self.pooling)]

    def pieces(self) -> Any:
        """Return the tokenizer."""
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

        pieces = Tokenizer(models.WordPiece({piece: idx for idx, piece in enumerate(VOCABULARY)}, unk_token="[UNK]"))
        pieces.normalizer = normalizers.BertNormalizer()
        pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        if self.special_tokens:
            framed = [(token, VOCABULARY.index(token)) for token in ("[CLS]", "[SEP]")]
            pieces.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=framed)
        return pieces


@dataclass(frozen=True)
class TinyReranker:
    """A BERT model with random weights that classifies pairs of texts, saved as a cross-encoder."""

    labels: int = 1
    activation: str = "Sigmoid"
    """The activation function in ``torch.nn``."""
    has_modules: bool = True
    """Whether it is saved with a list of its modules; older releases of sentence-transformers saved none."""
    seed: int = 1

    def save(self, folder: Path) -> Path:
        """Writes the model into a new folder and returns it."""
        import torch
        from sentence_transformers import CrossEncoder
        from tokenizers import processors
        from transformers import BertConfig, BertForSequenceClassification

        pieces = Tiny(special_tokens=False).pieces()
        pieces.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[(token, VOCABULARY.index(token)) for token in ("[CLS]", "[SEP]")],
        )
        bare = folder.with_name(f"{folder.name}-bert") if self.has_modules else folder
        _tokenizer(pieces).save_pretrained(str(bare))
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            config = BertConfig(
                vocab_size=len(VOCABULARY),
                hidden_size=DIMENSION,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=2 * DIMENSION,
                max_position_embeddings=64,
                initializer_range=0.3,
                id2label={label: str(label) for label in range(self.labels)},
            )
            BertForSequenceClassification(config).save_pretrained(str(bare))
        if self.has_modules:
            activation = getattr(torch.nn, self.activation)()
            CrossEncoder(str(bare), device="cpu", activation_fn=activation).save_pretrained(str(folder))
        return folder


def _tokenizer(pieces: Any) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def save_static(folder: Path) -> Path:
    """Save a model of static embeddings in 16 dimensions, which has no limit of tokens and cannot be exported."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    with torch.random.fork_rng():
        torch.manual_seed(1)
        words = StaticEmbedding(Tiny(special_tokens=False).pieces(), embedding_dim=16)
    SentenceTransformer(modules=[words], device="cpu").save_pretrained(str(folder))
    return folder


def look_alike(folder: Path, *, types: Iterable[str] = ("sentence_transformers.models.Transformer",)) -> Path:
    """Write a folder that looks like a model unless it is loaded."""
    modules = [
        {"idx": idx, "name": str(idx), "path": f"{idx}_Module" if idx else "", "type": kind}
        for idx, kind in enumerate(types)
    ]
    for name, content in {
        "modules.json": json.dumps(modules),
        "config.json": '{"model_type": "bert"}',
        "1_Pooling/config.json": '{"pooling_mode": "mean"}',
        "tokenizer.json": "{}",
        "vocab.txt": "[PAD]\n[UNK]\n",
        "spiece.model": "pieces",
        "model.safetensors": "weights",
        "README.md": "A model.",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def documents(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Encode documents and return their vectors in order; checks that each position comes exactly once."""
    vectors = np.full((len(texts), encoder.card.dimension), np.nan, dtype=np.float32)
    for positions, batch in encoder.encode_documents(texts):
        assert batch.dtype == np.float32
        assert batch.shape == (len(positions), encoder.card.dimension)
        assert np.isnan(vectors[positions]).all(), "a position came twice"
        vectors[positions] = batch
    assert not np.isnan(vectors).any(), "a position never came"
    return vectors


def cosines(left: Vectors, right: Vectors) -> Vectors:
    """Return the cosine similarity of each row; checks that all rows have length 1."""
    for side in (left, right):
        np.testing.assert_allclose(np.linalg.norm(side, axis=1), 1, atol=1e-5)
    products: Vectors = np.sum(left * right, axis=1)
    return products


def files(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {file.name for file in folder.iterdir()}


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
