"""How does an exported model run? A folder written by export in, a fast encoder out; no torch."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.encoder import UNKNOWN, Vectors, is_whole, unit
from semsearch.encoding.quantization import GROUP
from semsearch.encoding.runtime import best_precision, openvino_core
from semsearch.model_card import ModelCard

MODEL, QUANTIZED, TOKENIZER, CARD = "model.xml", "quantized.xml", "tokenizer.json", "card.json"

_TOKENS_PER_BATCH = 1_024
"""Large enough to keep the matrix units busy, small enough to stay in the cache of the processor."""
_TOKENIZE_AT_ONCE = 4_096
_QUERY_STEP = 8
"""Questions are filled up to a multiple of so many tokens: few shapes come, and each is compiled but once."""
_LONGEST_FIXED = 32
"""Tokens up to which a single question has a model of its own, compiled for just its shape: it takes a quarter less
time than one that fits all, and holds the weights of the layers once more (33 MB for the built-in model)."""

_Batch = tuple[Any, NDArray[np.intp]]
"""A request that runs, and the positions of its texts."""


class _Requests(threading.local):
    """What runs the questions of a thread, by their length."""

    def __init__(self) -> None:
        self.by_length: dict[int | None, Any] = {}


class OpenVinoEncoder:
    """An exported model on the CPU: in bf16 where the processor has it, or quantized.

    Questions never run quantized: the integers gain nothing on a single one. Copies of a model share one export, so
    ``name`` is what this user calls it.
    """

    def __init__(self, folder: Path, name: str, *, quantized: bool = False) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415

        self.card = ModelCard(**json.loads((folder / CARD).read_text(encoding="utf-8")) | {"name": name})
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._pad_id = int((self._tokenizer.padding or {}).get("pad_id", 0))
        self._tokenizer.no_padding()  # batches are padded below, after they are sorted by length
        precision = best_precision(openvino_core())
        self.form = "openvino-int8" if quantized else f"openvino-{precision}"
        self._exact, self._file = folder / MODEL, folder / (QUANTIZED if quantized else MODEL)
        self._settings = {"INFERENCE_PRECISION_HINT": precision}
        self._group = str(GROUP if quantized else 0)
        self._requests, self._compiling = _Requests(), threading.Lock()
        self._compiled: dict[int | None, Any] = {}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.card.dimension), dtype=np.float32)
        tokens = self._tokens([self.card.query_prompt + text for text in texts])
        inputs = self._padded(tokens, step=_QUERY_STEP)
        length = inputs["input_ids"].shape[1]
        request = self._request(length if len(texts) == 1 and length <= _LONGEST_FIXED else None)
        request.infer(inputs)
        return unit(request.get_output_tensor().data)

    def knows(self, word: str) -> bool:
        return is_whole(word, self._tokenizer.encode(word, add_special_tokens=False).tokens)

    def reads(self, text: str) -> bool:
        return any(token not in UNKNOWN for token in self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        free = [self._bulk.create_infer_request() for _ in range(self._in_flight)]
        running: list[_Batch] = []
        for positions, inputs in self._batches(texts):
            if not free:
                yield from _finished(running, free)
            request = free.pop()
            request.start_async(inputs)
            running.append((request, positions))
        while running:
            yield from _finished(running, free)

    def _request(self, length: int | None) -> Any:
        """What runs questions on this thread: one of so many tokens, or without a length any."""
        requests = self._requests.by_length
        if length not in requests:
            requests[length] = self._for_questions(length).create_infer_request()
        return requests[length]

    def _for_questions(self, length: int | None) -> Any:
        """The model as questions need it, which is all cores at once; compiled when the first of that length comes."""
        with self._compiling:
            if length not in self._compiled:
                model = openvino_core().read_model(str(self._exact))
                if length is not None:
                    model.reshape({name: [1, length] for name in ("input_ids", "attention_mask")})
                settings = self._settings | {"PERFORMANCE_HINT": "LATENCY"}
                self._compiled[length] = openvino_core().compile_model(model, "CPU", settings)
            return self._compiled[length]

    @functools.cached_property
    def _bulk(self) -> Any:
        """The model as many texts need it, which is one core to a batch; compiled when they first come."""
        settings = self._settings | {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": self._group,
            "CPU_RUNTIME_CACHE_CAPACITY": "0",  # with no cache of compiled shapes memory stays flat, at the same speed
        }
        return openvino_core().compile_model(str(self._file), "CPU", settings)

    @property
    def _in_flight(self) -> int:
        """One batch more than run at a time, so that the next is at hand when one ends."""
        return int(self._bulk.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], dict[str, Any]]]:
        """Texts of like length together, so that little is spent on padding; the longest first, which shows at once
        whether memory suffices."""
        for start in range(0, len(texts), _TOKENIZE_AT_ONCE):
            ids = self._tokens([self.card.document_prompt + text for text in texts[start : start + _TOKENIZE_AT_ONCE]])
            order = sorted(range(len(ids)), key=lambda position: -len(ids[position]))
            while order:
                size = max(1, _TOKENS_PER_BATCH // len(ids[order[0]]))
                batch, order = order[:size], order[size:]
                yield np.asarray(batch) + start, self._padded([ids[position] for position in batch])

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """A text that has no token, where a tokenizer adds none, becomes one of padding: no model runs on nothing."""
        one = len(texts) == 1  # which is not worth other threads
        encodings = [self._tokenizer.encode(texts[0])] if one else self._tokenizer.encode_batch_fast(texts)
        return [encoding.ids or [self._pad_id] for encoding in encodings]

    def _padded(self, ids: Sequence[Sequence[int]], step: int = 1) -> dict[str, Any]:
        """Token ids and their mask, shape (texts, the longest, up to a multiple of ``step``)."""
        longest = max(map(len, ids))
        tokens = np.full((len(ids), longest + -longest % step), self._pad_id, dtype=np.int64)
        mask = np.zeros_like(tokens)
        for row, sequence in enumerate(ids):
            tokens[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        return {"input_ids": tokens, "attention_mask": mask}


def write_card(folder: Path, card: ModelCard) -> None:
    """Writes the card that OpenVinoEncoder reads back."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1), encoding="utf-8")


def _finished(running: list[_Batch], free: list[Any]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
    """Waits for the oldest batch, then yields it and whatever is done besides: nothing computed waits any longer."""
    running[0][0].wait()
    for batch in [batch for batch in running if batch[0].wait_for(0)]:
        running.remove(batch)
        request, positions = batch
        vectors = unit(request.get_output_tensor().data)
        free.append(request)
        yield positions, vectors
