"""Run a model with sentence-transformers: the reference for every export, and the fallback without one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.encoder import Vectors, has_known_token, is_single_token, unit
from semsearch.encoding.models import ModelFolder
from semsearch.errors import NotAModel
from semsearch.model_card import ModelCard

_TEXTS_PER_CALL = 128
"""Four batches of sentence-transformers: at most so many computed vectors are lost if the process is killed."""

_MAX_CARD_TOKENS = 1_048_576
"""The most tokens that a card names, for models that read any number, such as static embeddings."""


class ReferenceEncoder:
    """A model as sentence-transformers runs it. Loads torch, which takes several seconds."""

    backend = "sentence-transformers"

    def __init__(self, folder: ModelFolder) -> None:
        """Raises NotAModel if the model does not load."""
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
        except Exception as error:  # a damaged model can raise anything in the libraries
            raise NotAModel(
                folder.path, f"it does not load ({type(error).__name__}: {error})".split("\n")[0]
            ) from error
        self.model.eval()
        query_prompt = _prompt(self.model.prompts, "query")
        document_prompt = _prompt(self.model.prompts, "document", "passage", "corpus")
        card_prompts = ("", "") if query_prompt or document_prompt else folder.card_prompts
        self.card = ModelCard(
            name=folder.name,
            fingerprint=folder.fingerprint,
            weights_sha256=folder.weights_sha256,
            dimension=dimension,
            pooling=_pooling(self.model),
            max_tokens=min(self.model.max_seq_length or _MAX_CARD_TOKENS, _MAX_CARD_TOKENS),  # it may be infinite
            query_prompt=query_prompt or card_prompts[0],
            document_prompt=document_prompt or card_prompts[1],
        )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self.model.encode_query(list(texts), prompt=self.card.query_prompt, show_progress_bar=False))

    def is_known_word(self, word: str) -> bool:
        tokenize = getattr(self.model.tokenizer, "tokenize", None)  # static embeddings have none
        return tokenize is not None and is_single_token(word, tokenize(word))

    def can_read(self, text: str) -> bool:
        tokenize = getattr(self.model.tokenizer, "tokenize", None)
        return tokenize is None or has_known_token(tokenize(text))

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        by_length = np.array(sorted(range(len(texts)), key=lambda position: -len(texts[position])), dtype=np.intp)
        for start in range(0, len(texts), _TEXTS_PER_CALL):
            positions = by_length[start : start + _TEXTS_PER_CALL]
            batch = [texts[position] for position in positions]
            vectors = self.model.encode_document(batch, prompt=self.card.document_prompt, show_progress_bar=False)
            yield positions, self._unit(vectors)

    def _unit(self, vectors: NDArray[np.floating]) -> Vectors:
        return unit(vectors.reshape(-1, self.card.dimension))  # an empty list of texts gives only one axis


def _pooling(model: object) -> str:
    modes = [getattr(module, "pooling_mode", None) for module in getattr(model, "children", list)()]
    return next((str(mode) for mode in modes if mode), "none")


def _prompt(prompts: Mapping[str, str | None], *names: str) -> str:
    """Return the first prompt that a model has under any of the names; else an empty one."""
    return next((prompt for name in names if (prompt := prompts.get(name))), "")
