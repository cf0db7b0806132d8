"""What does sentence-transformers say? The encoder every other form is compared with, and that runs any model."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.encoder import UNKNOWN, Vectors, is_whole, unit
from semsearch.encoding.models import ModelFolder
from semsearch.errors import NotAModel
from semsearch.model_card import ModelCard

_AT_ONCE = 128
"""Texts handed to sentence-transformers at once, four of its batches; a kill loses no more."""

_NO_LIMIT = 1_048_576
"""The most tokens a card names; models that add up the vectors of words read any number."""


class ReferenceEncoder:
    """A model as sentence-transformers runs it; needs torch, and several seconds to load."""

    form = "sentence-transformers"

    def __init__(self, folder: ModelFolder) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415  (5 s: torch)
        from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

        disable_progress_bar()  # type: ignore[no-untyped-call]
        for noisy in ("sentence_transformers", "transformers"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        try:
            self.model = SentenceTransformer(
                str(folder.path),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
            dimension = len(self.model.encode_query("search", show_progress_bar=False))
        except Exception as error:  # whatever a damaged model makes of the libraries below
            raise NotAModel(
                folder.path, f"it does not load ({type(error).__name__}: {error})".split("\n")[0]
            ) from error
        self.model.eval()
        self.card = ModelCard(
            name=folder.name,
            fingerprint=folder.fingerprint,
            weights_sha256=folder.weights_sha256,
            dimension=dimension,
            pooling=_pooling(self.model),
            max_tokens=min(self.model.max_seq_length or _NO_LIMIT, _NO_LIMIT),  # which may be infinity
            query_prompt=_prompt(self.model.prompts, "query"),
            document_prompt=_prompt(self.model.prompts, "document", "passage", "corpus"),
        )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self.model.encode_query(list(texts), prompt=self.card.query_prompt, show_progress_bar=False))

    def knows(self, word: str) -> bool:
        tokenize = getattr(self.model.tokenizer, "tokenize", None)  # models that add up the vectors of words have none
        return tokenize is not None and is_whole(word, tokenize(word))

    def reads(self, text: str) -> bool:
        tokenize = getattr(self.model.tokenizer, "tokenize", None)
        return tokenize is None or any(token not in UNKNOWN for token in tokenize(text))

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        by_length = np.array(sorted(range(len(texts)), key=lambda position: -len(texts[position])), dtype=np.intp)
        for start in range(0, len(texts), _AT_ONCE):
            positions = by_length[start : start + _AT_ONCE]
            batch = [texts[position] for position in positions]
            vectors = self.model.encode_document(batch, prompt=self.card.document_prompt, show_progress_bar=False)
            yield positions, self._unit(vectors)

    def _unit(self, vectors: NDArray[np.floating]) -> Vectors:
        return unit(vectors.reshape(-1, self.card.dimension))  # no texts give it no second axis


def _pooling(model: object) -> str:
    modes = [getattr(module, "pooling_mode", None) for module in getattr(model, "children", list)()]
    return next((str(mode) for mode in modes if mode), "none")


def _prompt(prompts: Mapping[str, str | None], *names: str) -> str:
    return next((prompt for name in names if (prompt := prompts.get(name))), "")
