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
from semsearch.encoding.layout import PLAIN, Inputs, Tokens, in_rows, packs, placed
from semsearch.encoding.quantization import GROUP
from semsearch.encoding.runtime import best_precision, openvino_core
from semsearch.model_card import ModelCard

MODEL, QUANTIZED, TOKENIZER, CARD = "model.xml", "quantized.xml", "tokenizer.json", "card.json"

_TOKENS_PER_BATCH = 1_024
"""Large enough to keep the matrix units busy, small enough to stay in the cache of the processor."""
_TOKENIZE_AT_ONCE = 4_096
_STEP = 8
"""A question, and several together, are filled up to a multiple of so many tokens: few shapes come, and each is
compiled but once."""
_TOKENS_PER_PACK = 512
"""Of questions that are read together: more would gain nothing, and all wait for the last."""
_LONGEST_FIXED = 32
"""Tokens up to which a single question has a model of its own, compiled for just its shape: it takes a quarter less
time than one that fits all, and holds the weights of the layers once more (33 MB for the built-in model)."""

_Batch = tuple[Any, NDArray[np.intp]]
"""A request that runs, and the positions of its texts."""


_Use = int | str
"""What a model is compiled for: one question of so many tokens, LONG or TOGETHER."""
_LONG, _TOGETHER = "long", "together"


class _Requests(threading.local):
    """What runs the questions of a thread."""

    def __init__(self) -> None:
        self.by_use: dict[_Use, Any] = {}


class OpenVinoEncoder:
    """An exported model on the CPU: in bf16 where the processor has it, or quantized.

    Copies of a model share one export, so ``name`` is what this user calls it.
    """

    def __init__(self, folder: Path, name: str, *, quantized: bool = False) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415

        self.card = ModelCard(**json.loads((folder / CARD).read_text(encoding="utf-8")) | {"name": name})
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._pad_id = int((self._tokenizer.padding or {}).get("pad_id", 0))
        self._tokenizer.no_padding()  # batches are padded below, after they are sorted by length
        precision = best_precision(openvino_core())
        self.form = "openvino-int8" if quantized else f"openvino-{precision}"
        self._file = folder / (QUANTIZED if quantized else MODEL)
        self._settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP if quantized else 0),
        }
        self._requests, self._compiling = _Requests(), threading.Lock()
        self._compiled: dict[_Use, Any] = {}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.card.dimension), dtype=np.float32)
        tokens = self._tokens([self.card.query_prompt + text for text in texts])
        return np.concatenate([self._read_together(pack) for pack in packs(tokens, _TOKENS_PER_PACK)])

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

    def _read_together(self, questions: Sequence[Tokens]) -> Vectors:
        """The vectors of questions that fit into one pack."""
        alone = len(questions) == 1
        length = len(questions[0]) + -len(questions[0]) % _STEP
        request = self._request(_TOGETHER if not alone else length if length <= _LONGEST_FIXED else _LONG)
        request.infer(self._inputs(request, questions, side_by_side=True, step=_STEP))
        return unit(request.get_output_tensor().data[: len(questions)])

    def _request(self, use: _Use) -> Any:
        """What runs questions on this thread."""
        requests = self._requests.by_use
        if use not in requests:
            # Another may be compiled at this moment, which nobody need wait for who has what is needed.
            compiled = self._compiled.get(use) or self._for_questions(use)
            requests[use] = compiled.create_infer_request()
        return requests[use]

    def _for_questions(self, use: _Use) -> Any:
        """The model as questions need it, compiled when the first of their kind come.

        A long one has all cores at once. A short one has two, where the processor computes in single precision, at
        about 1.6 times the speed; in lower precision it gains little. Those that come together have one core: others
        are ranked meanwhile, and threads that wait for each other would be held up by that.
        """
        with self._compiling:
            if use not in self._compiled:
                model = openvino_core().read_model(str(self._file))
                settings = self._settings | {"PERFORMANCE_HINT": "LATENCY"}
                if use != _LONG:
                    on_two = use != _TOGETHER and self._settings["INFERENCE_PRECISION_HINT"] == "f32"
                    settings["INFERENCE_NUM_THREADS"] = "2" if on_two else "1"
                if isinstance(use, int):
                    model.reshape({port.any_name: [1, use] for port in model.inputs})
                self._compiled[use] = openvino_core().compile_model(model, "CPU", settings)
            return self._compiled[use]

    @functools.cached_property
    def _bulk(self) -> Any:
        """The model as many texts need it, which is one core to a batch; compiled when they first come."""
        settings = self._settings | {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "CPU_RUNTIME_CACHE_CAPACITY": "0",  # with no cache of compiled shapes memory stays flat, at the same speed
        }
        return openvino_core().compile_model(str(self._file), "CPU", settings)

    @property
    def _in_flight(self) -> int:
        """One batch more than run at a time, so that the next is at hand when one ends."""
        return int(self._bulk.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Inputs]]:
        """Texts of like length together, so that little is spent on padding; the longest first, which shows at once
        whether memory suffices."""
        for start in range(0, len(texts), _TOKENIZE_AT_ONCE):
            ids = self._tokens([self.card.document_prompt + text for text in texts[start : start + _TOKENIZE_AT_ONCE]])
            order = sorted(range(len(ids)), key=lambda position: -len(ids[position]))
            while order:
                size = max(1, _TOKENS_PER_BATCH // len(ids[order[0]]))
                batch, order = order[:size], order[size:]
                tokens = [ids[position] for position in batch]
                yield np.asarray(batch) + start, self._inputs(self._bulk, tokens, side_by_side=False)

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """A text that has no token, where a tokenizer adds none, becomes one of padding: no model runs on nothing."""
        one = len(texts) == 1  # which is not worth other threads
        encodings = [self._tokenizer.encode(texts[0])] if one else self._tokenizer.encode_batch_fast(texts)
        return [encoding.ids or [self._pad_id] for encoding in encodings]

    def _inputs(self, runs: Any, texts: Sequence[Tokens], *, side_by_side: bool, step: int = 1) -> Inputs:
        """What a compiled model, or a request of one, reads; ``side_by_side`` if it can."""
        if _is_plain(runs):
            return in_rows(texts, self._pad_id, step)
        return placed(texts, self._pad_id, side_by_side=side_by_side, step=step)


def _is_plain(runs: Any) -> bool:
    """Whether a compiled model, or a request of one, reads one text a row."""
    inputs = runs.model_inputs if hasattr(runs, "model_inputs") else runs.inputs
    return len(inputs) == len(PLAIN)


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
