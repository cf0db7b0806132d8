from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.encoding import Encoder, openvino
from semsearch.encoding.encoder import Vectors
from semsearch.encoding.models import resolve_model
from semsearch.encoding.opening import export_folder
from semsearch.encoding.openvino import OpenVinoEncoder, write_card
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import best_precision, openvino_core
from semsearch.model_card import BUILT_IN, ModelCard
from tests.encoding.tiny import DIMENSION, LEAST, MAX_TOKENS, SAME, WORDS, Tiny, cosines, documents

TEXTS = (
    "",
    " ",
    "\u200b",
    "a",
    "tide",
    "How do people learn mathematics?",
    "UPPER case, lower case",
    "Überraschend schnell wächst der Garten.",
    "Новый маршрут открыт для велосипедистов.",
    "مكتبة المدينة مفتوحة كل يوم",
    "今日の天気は晴れです。",
    "오늘은 맑습니다",
    "😀 emoji, “quotes” and é as two code points",
    "line\nend,\ttab and \0 nothing",
    "[CLS] [SEP] [MASK] </s> <|endoftext|>",
    "x" * 5_000,
    *(" ".join(["The harbour town measured the tide again and wrote it down."] * n) for n in (2, 5, 10, 30, 60)),
)
"""One to six hundred words, several scripts, and difficult cases for tokenizers."""


# --- the built-in model -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected(encoder: Encoder) -> Vectors:
    return documents(ReferenceEncoder(resolve_model(BUILT_IN)), TEXTS)


def test_the_built_in_model_gives_the_vectors_of_sentence_transformers(encoder: Encoder, expected: Vectors) -> None:
    least = LEAST[encoder.backend]
    for actual in (documents(encoder, TEXTS), encoder.encode_queries(TEXTS)):
        for text, cosine in zip(TEXTS, cosines(expected, actual), strict=True):
            assert cosine >= least, text[:60]


def test_the_card_of_the_built_in_model(encoder: Encoder) -> None:
    model = resolve_model(BUILT_IN)
    assert encoder.card == ModelCard(
        name="all-MiniLM-L6-v2",
        fingerprint=model.fingerprint,
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        dimension=384,
        pooling="mean",
        max_tokens=256,
    )
    assert encoder.backend in ("openvino-int8", f"openvino-{best_precision(openvino_core())}")


def test_a_query_is_nearest_to_its_answer(encoder: Encoder) -> None:
    answers = {
        "how do plants make food from light?": "Photosynthesis turns sunshine, water and air into sugar in leaves.",
        "fixing a flat bicycle tyre": "Take off the wheel, find the puncture in the tube and patch it.",
        "why do interest rates rise?": "Central banks make borrowing dearer when inflation is too high.",
        "easy supper with pasta": "Boil spaghetti, toss it with garlic and oil, and dinner is ready.",
        "neural networks that recognise pictures": "Deep convolutional models classify images.",
    }
    similar = encoder.encode_queries(list(answers)) @ documents(encoder, list(answers.values())).T
    assert similar.argmax(axis=1).tolist() == list(range(len(answers)))
    assert np.diag(similar).min() > 0.3
    assert (similar - np.diag(np.diag(similar))).max() < 0.3


def test_a_text_has_the_same_vector_as_query_and_document(encoder: Encoder) -> None:
    one_by_one = np.concatenate([encoder.encode_queries([text]) for text in TEXTS])
    np.testing.assert_array_less(min(SAME, LEAST[encoder.backend]), cosines(one_by_one, documents(encoder, TEXTS)))


def test_vectors_do_not_depend_on_concurrent_threads(encoder: Encoder) -> None:
    texts = TEXTS[:16]
    alone = np.concatenate([encoder.encode_queries([text]) for text in texts])
    jobs = list(range(len(texts))) * 4
    with ThreadPoolExecutor(8) as threads:
        bulk = threads.submit(documents, encoder, texts)
        together = list(threads.map(lambda position: encoder.encode_queries([texts[position]])[0], jobs))
    np.testing.assert_allclose(together, alone[jobs], atol=1e-5)
    np.testing.assert_array_less(min(SAME, LEAST[encoder.backend]), cosines(bulk.result(), alone))


# --- batches ----------------------------------------------------------------------------------------------------------


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(texts=st.lists(any_text | st.sampled_from(WORDS), max_size=40))
@settings(max_examples=15, deadline=None)
def test_every_position_is_yielded_once_with_the_vector_of_its_text(tiny_encoder: Encoder, texts: list[str]) -> None:
    together = documents(tiny_encoder, texts)
    if texts:
        alone = np.concatenate([documents(tiny_encoder, [text]) for text in texts])
        np.testing.assert_array_less(SAME, cosines(together, alone))
        np.testing.assert_array_less(SAME, cosines(together, tiny_encoder.encode_queries(texts)))


def test_no_texts_give_no_vectors(tiny_encoder: Encoder) -> None:
    assert list(tiny_encoder.encode_documents([])) == []
    assert tiny_encoder.encode_queries([]).shape == (0, DIMENSION)


def test_equal_texts_get_equal_vectors(tiny_encoder: Encoder) -> None:
    vectors = documents(tiny_encoder, ["tide", "garden music"] * 500)
    np.testing.assert_array_less(SAME, cosines(vectors, np.tile(vectors[:2], (500, 1))))
    assert vectors[0] @ vectors[1] < 0.99


def test_texts_beyond_one_window_keep_their_positions(tiny_encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small windows and batches test every boundary."""
    texts = [" ".join(WORDS[: 1 + (7 * number) % 12]) for number in range(35)]
    expected = documents(tiny_encoder, texts)
    monkeypatch.setattr(openvino, "_FEW_TEXTS", 0)
    monkeypatch.setattr(openvino, "_TEXTS_PER_WINDOW", 10)
    monkeypatch.setattr(openvino, "_TOKENS_PER_BATCH", 20)
    batches = list(tiny_encoder.encode_documents(texts))
    assert max(len(positions) for positions, _ in batches) == 3
    np.testing.assert_array_less(SAME, cosines(documents(tiny_encoder, texts), expected))


def test_the_longest_texts_of_a_window_come_first(tiny_encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "_FEW_TEXTS", 0)
    monkeypatch.setattr(openvino, "_TOKENS_PER_BATCH", 1)
    texts = ["tide", " ".join(WORDS), "bread of the town", "tide"]
    assert isinstance(tiny_encoder, OpenVinoEncoder)
    assert [positions.tolist() for positions, _ in tiny_encoder._batches(texts)] == [[1], [2], [0], [3]]
    batches = [positions.tolist() for positions, _ in tiny_encoder.encode_documents(texts)]
    assert batches[0] == [1], "short texts may overtake the longer ones before them"
    assert sorted(batches) == [[0], [1], [2], [3]]


def test_an_abandoned_iteration_does_not_affect_others(tiny_encoder: Encoder) -> None:
    texts = [" ".join(WORDS[: 1 + number % 12]) for number in range(600)]
    expected = documents(tiny_encoder, texts)
    abandoned = tiny_encoder.encode_documents(texts)
    next(abandoned)
    np.testing.assert_allclose(documents(tiny_encoder, texts), expected, atol=1e-6)
    rest = sum(len(positions) for positions, _ in abandoned)
    assert 0 < rest < len(texts)


@pytest.mark.parametrize("model", [Tiny(), Tiny(pooling="max")], ids=["packed", "padded"])
@given(lengths=st.lists(st.integers(0, 30), max_size=60), budget=st.integers(1, 200), window=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_batches_are_as_large_as_the_token_limit_and_the_lengths_allow(
    exported: Callable[[Tiny], OpenVinoEncoder], model: Tiny, lengths: list[int], budget: int, window: int
) -> None:
    encoder = exported(model)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(openvino, "_TOKENS_PER_BATCH", budget)
        patched.setattr(openvino, "_TEXTS_PER_WINDOW", window)
        batches = list(encoder._batches(["tide " * length for length in lengths]))
    tokens = [min(length + 2, MAX_TOKENS) for length in lengths]  # [CLS] and [SEP] are two
    for positions, inputs in batches:
        ids = inputs["input_ids"]
        read = inputs["attention_mask"].sum(axis=1) if "attention_mask" in inputs else inputs["members"].sum(axis=1)
        longest = max(tokens[position] for position in positions)
        assert ids.shape == (len(positions), longest), "no wider than its longest text"
        assert read.tolist() == [tokens[position] for position in positions]
        assert ids.size <= budget or len(positions) == 1
        assert 2 * min(tokens[position] for position in positions) >= longest, "at most half of a row is padding"
        assert len({position // window for position in positions}) == 1
    for (positions, inputs), (following, _) in pairwise(batches):
        if positions[0] // window == following[0] // window:
            longest, is_full = (
                inputs["input_ids"].shape[1],
                inputs["input_ids"].shape[1] * (len(positions) + 1) > budget,
            )
            assert is_full or 2 * tokens[following[0]] < longest, "one more text would fit"
            assert min(tokens[position] for position in positions) >= tokens[following[0]]


# --- any model --------------------------------------------------------------------------------------------------------

PROMPTS = (("query", "search question: "), ("document", "text of the post: "))
SENTENCES = ["the tide", "The bread of the town, and garden music?", "zebra quilt", "UPPER case", " ".join(WORDS * 4)]
MODELS = {
    "mean": Tiny(),
    "cls": Tiny(pooling="cls"),
    "max": Tiny(pooling="max"),
    "last token": Tiny(pooling="lasttoken"),
    "not normalised": Tiny(normalize=False),
    "prompts": Tiny(prompts=PROMPTS),
    "no special tokens": Tiny(special_tokens=False),
}


@pytest.mark.parametrize("name", MODELS)
def test_any_model_gives_the_vectors_of_sentence_transformers(
    name: str,
    exported: Callable[[Tiny], OpenVinoEncoder],
    reference: Callable[[Tiny], ReferenceEncoder],
) -> None:
    model = reference(MODELS[name]).model
    encoder = exported(MODELS[name])
    for actual, expected in (
        (encoder.encode_queries(SENTENCES), model.encode_query(SENTENCES, normalize_embeddings=True)),
        (documents(encoder, SENTENCES), model.encode_document(SENTENCES, normalize_embeddings=True)),
    ):
        np.testing.assert_array_less(SAME, cosines(actual, expected))


def test_models_of_different_pooling_give_different_vectors(exported: Callable[[Tiny], OpenVinoEncoder]) -> None:
    """So the test above can fail."""
    mean, cls, largest = (documents(exported(MODELS[name]), SENTENCES) for name in ("mean", "cls", "max"))
    assert max(cosines(mean, cls).max(), cosines(mean, largest).max(), cosines(cls, largest).max()) < SAME


def test_prompts_are_put_before_queries_and_documents(exported: Callable[[Tiny], OpenVinoEncoder]) -> None:
    plain, prompted = exported(Tiny()), exported(MODELS["prompts"])
    assert (prompted.card.query_prompt, prompted.card.document_prompt) == ("search question: ", "text of the post: ")
    np.testing.assert_array_less(
        0.9999, cosines(prompted.encode_queries(["tide"]), plain.encode_queries(["search question: tide"]))
    )
    np.testing.assert_array_less(
        0.9999, cosines(documents(prompted, ["tide"]), documents(plain, ["text of the post: tide"]))
    )
    assert cosines(prompted.encode_queries(["tide"]), documents(prompted, ["tide"]))[0] < 0.99


def test_a_text_is_truncated_to_max_tokens(tiny_encoder: Encoder) -> None:
    """[CLS] and [SEP] count."""
    read = "tide " * (MAX_TOKENS - 2)
    vectors = documents(tiny_encoder, [read, f"{read} market", read * 3, f"{read[5:]} market"])
    assert cosines(vectors[1:3], vectors[[0, 0]]).min() > 0.9999
    assert vectors[0] @ vectors[3] < SAME


def test_a_text_without_tokens_gets_a_vector_of_its_own(exported: Callable[[Tiny], OpenVinoEncoder]) -> None:
    encoder = exported(MODELS["no special tokens"])
    empty = encoder.encode_queries([""])
    expected = np.concatenate([empty, encoder.encode_queries(["tide"]), empty])
    np.testing.assert_array_less(SAME, cosines(documents(encoder, ["", "tide", " "]), expected))


# --- execution --------------------------------------------------------------------------------------------------------


def test_vectors_in_single_precision_equal_the_reference(
    tiny: Callable[[Tiny], Path],
    tiny_cache: Path,
    tiny_encoder: Encoder,
    reference: Callable[[Tiny], ReferenceEncoder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a processor without bf16."""
    monkeypatch.setattr(openvino, "best_precision", lambda _: "f32")
    encoder = OpenVinoEncoder(export_folder(tiny_cache, tiny_encoder.card.fingerprint), "tiny")
    assert encoder.backend == "openvino-f32"
    np.testing.assert_allclose(documents(encoder, WORDS), documents(reference(Tiny()), WORDS), atol=1e-5)


@pytest.mark.parametrize("model", [Tiny(), Tiny(pooling="cls"), Tiny(pooling="max")], ids=["mean", "cls", "padded"])
@given(lengths=st.lists(st.integers(0, 30), min_size=1, max_size=30), max_tokens=st.integers(1, 512))
@settings(max_examples=20, deadline=None)
def test_queries_have_the_same_vectors_in_a_batch_and_alone(
    exported: Callable[[Tiny], OpenVinoEncoder], model: Tiny, lengths: list[int], max_tokens: int
) -> None:
    encoder = exported(model)
    texts = [" ".join(WORDS[number % len(WORDS) :] + WORDS * 3)[: 3 * length] for number, length in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(openvino, "_TOKENS_PER_QUERY_BATCH", max_tokens)
        together = encoder.encode_queries(texts)
    alone = np.concatenate([encoder.encode_queries([text]) for text in texts])
    np.testing.assert_array_less(SAME, cosines(together, alone))


def test_only_mean_and_cls_pooling_are_exported_for_packed_inputs(
    exported: Callable[[Tiny], OpenVinoEncoder],
) -> None:
    def inputs(model: Tiny) -> int:
        return len(exported(model)._models.for_documents.inputs)

    assert [inputs(MODELS[name]) for name in ("mean", "cls", "max", "last token")] == [4, 4, 2, 2]


def test_concurrent_first_documents_all_get_their_vectors(good: Path, tiny_encoder: Encoder) -> None:
    encoder = OpenVinoEncoder(good, "tiny")
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: documents(encoder, WORDS), range(4)))
    expected = documents(tiny_encoder, WORDS)
    for vectors in found:
        np.testing.assert_array_less(SAME, cosines(vectors, expected))


def test_at_most_one_batch_waits_besides_those_in_flight(
    tiny_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch holds its inputs and its vectors."""
    assert isinstance(tiny_encoder, OpenVinoEncoder)
    monkeypatch.setattr(openvino, "_FEW_TEXTS", 0)
    monkeypatch.setattr(openvino, "_TOKENS_PER_BATCH", 1)
    prepared = 0
    batches = tiny_encoder._batches

    def counted(texts: Sequence[str]) -> Iterator[Any]:
        nonlocal prepared
        for batch in batches(texts):
            prepared += 1
            yield batch

    monkeypatch.setattr(tiny_encoder, "_batches", counted)
    running = int(tiny_encoder._models.for_documents.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    for done, _ in enumerate(tiny_encoder.encode_documents(WORDS * 5)):
        assert prepared - done <= running + 2, "those that run, the one yielded, and one that waits"
    assert prepared == len(WORDS * 5)


@pytest.mark.parametrize(
    ("word", "known"),
    [("tide", True), ("tides", False), ("bread tide", False), ("é", False), ("[UNK]", False), ("", False)],
)
def test_is_known_word(tiny_encoder: Encoder, word: str, known: bool) -> None:
    assert tiny_encoder.is_known_word(word) is known


def test_the_backend_names_the_precision(tiny_encoder: Encoder) -> None:
    assert tiny_encoder.backend == f"openvino-{best_precision(openvino_core())}"


@pytest.fixture(scope="module")
def card_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("card")


@given(card=st.builds(ModelCard, *[st.text()] * 3, st.integers(1), st.text(), st.integers(1), st.text(), st.text()))
@settings(max_examples=50, deadline=None)
def test_a_card_is_read_as_it_was_written(card_folder: Path, card: ModelCard) -> None:
    write_card(card_folder, card)
    assert ModelCard(**json.loads((card_folder / "card.json").read_text(encoding="utf-8"))) == card


def test_the_encoder_has_the_name_given_by_the_user(tiny_cache: Path, tiny_encoder: Encoder) -> None:
    encoder = OpenVinoEncoder(export_folder(tiny_cache, tiny_encoder.card.fingerprint), "another/name")
    assert encoder.card == replace(tiny_encoder.card, name="another/name")


def test_few_documents_are_encoded_without_the_model_for_many(exported: Callable[[Tiny], OpenVinoEncoder]) -> None:
    encoder = exported(Tiny())
    vars(encoder._models).pop("for_documents", None)
    assert len(documents(encoder, ["tide"] * openvino._FEW_TEXTS)) == openvino._FEW_TEXTS
    assert "for_documents" not in vars(encoder._models)
    documents(encoder, ["tide"] * (openvino._FEW_TEXTS + 1))
    assert "for_documents" in vars(encoder._models)
