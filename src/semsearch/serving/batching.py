"""How does a model keep up with many questions? One thread encodes whatever has come in meanwhile, at once."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder

MOST_AT_ONCE = 16
"""Questions of a batch: more gain nothing on a processor, and all wait for the longest."""
REMEMBERED = 10_000
"""Questions whose vectors are kept, those asked last: 15 MB for 384 dimensions."""

log = logging.getLogger(__name__)

_LENGTHS = (1, 8, 16, 24, 40)
"""Words, of questions for each of which a model may be made ready."""

Vector = NDArray[np.float32]
Done = Callable[[Vector | None, Exception | None], None]
"""What is called, on the thread of the batcher, with a vector of shape (dimension,) or what went wrong."""


def warm(encoder: Encoder) -> None:
    """Has a model made ready for questions that come together, and for those of each length. Where that fails, it is
    made ready when they come."""
    try:
        encoder.encode_queries(["warm", "up"])
        for length in _LENGTHS:
            encoder.encode_queries([" ".join(["warm"] * length)])
    except Exception:
        log.exception("the model was not made ready")


@dataclass(frozen=True, slots=True)
class _Waiting:
    encoder: Encoder
    text: str
    done: Done
    wanted: Callable[[], bool]
    """Whether anybody still waits for it."""


class Batcher:
    """Encodes questions on a thread of its own. One that comes alone does not wait; those that come while a batch is
    encoded are the next batch."""

    def __init__(self, on_batch: Callable[[int], None] = lambda _: None) -> None:
        """``on_batch`` is told how many questions were encoded at once."""
        self._waiting: deque[_Waiting] = deque()
        self._something = threading.Condition()
        self._known: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._on_batch, self._stopped = on_batch, False
        self._thread = threading.Thread(target=self._run, name="semsearch-inference", daemon=True)
        self._thread.start()

    def known(self, encoder: Encoder, text: str) -> Vector | None:
        """The vector of a question that was asked before; None where it is not known any more."""
        key = (encoder.card.fingerprint, text)
        with self._something:
            if (vector := self._known.get(key)) is not None:
                self._known.move_to_end(key)
            return vector

    def encode(self, encoder: Encoder, text: str, done: Done, wanted: Callable[[], bool] = lambda: True) -> None:
        """Has a question encoded; ``wanted`` is asked just before whether that is still of use."""
        with self._something:
            self._waiting.append(_Waiting(encoder, text, done, wanted))
            self._something.notify()

    def stop(self) -> None:
        """Ends after what is waiting."""
        with self._something:
            self._stopped = True
            self._something.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            encoder = batch[0].encoder
            texts = list(dict.fromkeys(one.text for one in batch))
            try:
                vectors = dict(zip(texts, encoder.encode_queries(texts), strict=True))
            except Exception as error:  # noqa: BLE001  (whoever waits must hear of it)
                for one in batch:
                    one.done(None, error)
                continue
            self._on_batch(len(texts))
            self._remember(encoder, vectors)
            for one in batch:
                one.done(vectors[one.text], None)

    def _next(self) -> list[_Waiting]:
        """The next questions for one model, at least one; none where the batcher was stopped."""
        with self._something:
            batch: list[_Waiting] = []
            while not batch:
                while not self._waiting:
                    if self._stopped:
                        return []
                    self._something.wait()
                while self._waiting and len(batch) < MOST_AT_ONCE:
                    if batch and self._waiting[0].encoder is not batch[0].encoder:
                        break
                    one = self._waiting.popleft()
                    if one.wanted():
                        batch.append(one)
            return batch

    def _remember(self, encoder: Encoder, vectors: dict[str, Vector]) -> None:
        with self._something:
            for text, vector in vectors.items():
                self._known[encoder.card.fingerprint, text] = vector
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
