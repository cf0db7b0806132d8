"""Run an exported model: an encoder on OpenVINO, without torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.compilation import LENGTH_STEP, CompiledModels, takes_padded_inputs
from semsearch.encoding.encoder import Vectors, has_known_token, is_single_token, unit
from semsearch.encoding.packing import Inputs, Tokens, packed_inputs, padded_inputs, split_by_tokens
from semsearch.encoding.runtime import best_precision, openvino_core
from semsearch.model_card import ModelCard

MODEL, QUANTIZED, TOKENIZER, CARD = "model.xml", "quantized.xml", "tokenizer.json", "card.json"

_TOKENS_PER_BATCH = 1_024
"""Large enough to keep the matrix units busy, small enough for the cache of the processor."""
_TEXTS_PER_WINDOW = 4_096
"""Documents that are tokenized, and sorted by length, at a time."""
_TOKENS_PER_QUERY_BATCH = 512
"""More would gain nothing, and every query waits for the whole batch."""
_FEW_TEXTS, _TOKENS_PER_SMALL_BATCH = 64, 128
"""Up to 64 documents are encoded by the models for queries, which a service has compiled already. Queries wait while
such a batch is encoded, so it has at most 128 tokens."""

_Batch = tuple[Any, NDArray[np.intp]]
"""A running inference request, and the positions of its texts."""


class OpenVinoEncoder:
    """An exported model on the CPU, quantized or in the processor's best precision: bf16, or else single.

    ``name`` is the user's name of the model: equal models in several folders share one export.
    """

    def __init__(self, folder: Path, name: str, *, quantized: bool = False) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415

        self.card = ModelCard(**json.loads((folder / CARD).read_text(encoding="utf-8")) | {"name": name})
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._pad_id = int((self._tokenizer.padding or {}).get("pad_id", 0))
        self._tokenizer.no_padding()  # batches are padded below, after sorting by length
        precision = best_precision(openvino_core())
        self.backend = "openvino-int8" if quantized else f"openvino-{precision}"
        file = folder / (QUANTIZED if quantized else MODEL)
        self._models = CompiledModels(file, precision=precision, quantized=quantized)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.card.dimension), dtype=np.float32)
        queries = [self.card.query_prompt + text for text in texts]
        return np.concatenate(list(self._encode_packed(queries, _TOKENS_PER_QUERY_BATCH)))

    def is_known_word(self, word: str) -> bool:
        return is_single_token(word, self._tokenizer.encode(word, add_special_tokens=False).tokens)

    def can_read(self, text: str) -> bool:
        return has_known_token(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        if len(texts) <= _FEW_TEXTS:
            end = 0
            documents = [self.card.document_prompt + text for text in texts]
            for vectors in self._encode_packed(documents, _TOKENS_PER_SMALL_BATCH):
                start, end = end, end + len(vectors)
                yield np.arange(start, end), vectors
            return
        free = [self._models.for_documents.create_infer_request() for _ in range(self._models.max_batches_in_flight)]
        running: list[_Batch] = []
        for positions, inputs in self._batches(texts):
            if not free:
                yield from _collect_finished(running, free)
            request = free.pop()
            request.start_async(inputs)
            running.append((request, positions))
        while running:
            yield from _collect_finished(running, free)

    def _encode_packed(self, texts: list[str], max_tokens: int) -> Iterator[Vectors]:
        """Yield the vectors of texts in order, in batches of at most ``max_tokens`` with several texts per row."""
        for batch in split_by_tokens(self._tokenize(texts), max_tokens):
            request = self._models.query_request(batch)
            request.infer(self._inputs(request, batch, one_text_per_row=False, step=LENGTH_STEP))
            yield unit(request.get_output_tensor().data[: len(batch)])

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Inputs]]:
        """Group texts of similar length, so that at most half of a row is padding. The longest come first, so that a
        lack of memory shows at once."""
        for start in range(0, len(texts), _TEXTS_PER_WINDOW):
            window = texts[start : start + _TEXTS_PER_WINDOW]
            ids = self._tokenize([self.card.document_prompt + text for text in window])
            order = sorted(range(len(ids)), key=lambda position: -len(ids[position]))
            while order:
                longest = len(ids[order[0]])
                most = max(1, _TOKENS_PER_BATCH // longest)
                size = next((n for n, position in enumerate(order[:most]) if 2 * len(ids[position]) < longest), most)
                batch, order = order[:size], order[size:]
                tokens = [ids[position] for position in batch]
                yield np.asarray(batch) + start, self._inputs(self._models.for_documents, tokens, one_text_per_row=True)

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        """Return token ids. A text without tokens becomes one padding token, since no model runs on nothing."""
        is_single = len(texts) == 1  # which is not worth other threads
        encodings = [self._tokenizer.encode(texts[0])] if is_single else self._tokenizer.encode_batch_fast(texts)
        return [encoding.ids or [self._pad_id] for encoding in encodings]

    def _inputs(self, compiled: Any, texts: Sequence[Tokens], *, one_text_per_row: bool, step: int = 1) -> Inputs:
        """Return the inputs of a compiled model, or of a request of one; always one text per row if it is padded."""
        if takes_padded_inputs(compiled):
            return padded_inputs(texts, self._pad_id, step)
        return packed_inputs(texts, self._pad_id, one_text_per_row=one_text_per_row, step=step)


def write_card(folder: Path, card: ModelCard) -> None:
    """Write the card that OpenVinoEncoder reads back."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1), encoding="utf-8")


def _collect_finished(running: list[_Batch], free: list[Any]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
    """Wait for the oldest batch, then yield it and all others that are done, and free their requests."""
    running[0][0].wait()
    for batch in [batch for batch in running if batch[0].wait_for(0)]:
        running.remove(batch)
        request, positions = batch
        vectors = unit(request.get_output_tensor().data)
        free.append(request)
        yield positions, vectors
