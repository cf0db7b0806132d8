from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import semsearch.encoding.reference
from semsearch.encoding.models import resolve_model
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.errors import NotAModel
from semsearch.model_card import ModelCard
from tests.encoding.tiny import DIMENSION, MAX_TOKENS, WORDS, Tiny, cosines, documents, save_static

Reference = Callable[[Tiny], ReferenceEncoder]
TEXTS = ["tide", "The bread of the town", "", "tide", " ".join(WORDS * 4)]


@pytest.mark.parametrize("normalize", [True, False])
def test_vectors_are_those_of_sentence_transformers_at_length_one(reference: Reference, normalize: bool) -> None:
    encoder = reference(Tiny(normalize=normalize))
    expected = encoder.model.encode(TEXTS)
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.allclose(lengths, 1, atol=1e-5) == normalize
    np.testing.assert_allclose(documents(encoder, TEXTS), expected / lengths, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_queries(TEXTS), expected / lengths, atol=1e-5)
    assert encoder.backend == "sentence-transformers"


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "lasttoken"])
def test_the_card_describes_the_model(reference: Reference, tiny: Callable[[Tiny], Path], pooling: str) -> None:
    model = Tiny(pooling=pooling)
    pinned = resolve_model(str(tiny(model)))
    assert reference(model).card == ModelCard(
        name=str(tiny(model)),
        fingerprint=pinned.fingerprint,
        weights_sha256=pinned.weights_sha256,
        dimension=DIMENSION,
        pooling=pooling,
        max_tokens=MAX_TOKENS,
    )


@pytest.mark.parametrize(
    ("prompts", "query", "document"),
    [
        ((), "", ""),
        ((("query", "question: "),), "question: ", ""),
        ((("query", "question: "), ("document", "post: ")), "question: ", "post: "),
        ((("query", "question: "), ("passage", "text: ")), "question: ", "text: "),
        ((("corpus", "the "),), "", "the "),
        ((("music", "music "),), "", ""),
    ],
)
def test_prompts_are_found_under_their_usual_names(
    reference: Reference, prompts: tuple[tuple[str, str], ...], query: str, document: str
) -> None:
    encoder, plain = reference(Tiny(prompts=prompts)), reference(Tiny())
    assert (encoder.card.query_prompt, encoder.card.document_prompt) == (query, document)
    np.testing.assert_allclose(encoder.encode_queries(["tide"]), plain.encode_queries([f"{query}tide"]), atol=1e-5)
    np.testing.assert_allclose(documents(encoder, ["tide"]), documents(plain, [f"{document}tide"]), atol=1e-5)


def test_prompts_of_the_model_card_count_where_the_model_has_none(tiny: Callable[[Tiny], Path], tmp_path: Path) -> None:
    asks = 'Start each text with "query: " or "passage: ".'
    for number, model in enumerate((Tiny(), Tiny(prompts=(("query", "question: "),)))):
        folder = shutil.copytree(tiny(model), tmp_path / str(number))
        (folder / "README.md").write_text(asks, encoding="utf-8")
        card = ReferenceEncoder(resolve_model(str(folder))).card
        prompts = ("query: ", "passage: ") if not model.prompts else ("question: ", "")
        assert (card.query_prompt, card.document_prompt) == prompts


def test_the_query_prompt_is_not_put_before_documents(reference: Reference) -> None:
    """Which sentence-transformers does by default if a model has a default prompt."""
    encoder = reference(Tiny(prompts=(("query", "question: "),), default_prompt="query"))
    np.testing.assert_allclose(documents(encoder, ["tide"]), documents(reference(Tiny()), ["tide"]), atol=1e-5)


def test_queries_and_documents_use_their_own_weights(reference: Reference) -> None:
    encoder = reference(Tiny(router=True))
    assert encoder.card.dimension == DIMENSION
    np.testing.assert_allclose(encoder.encode_queries(TEXTS), reference(Tiny(seed=1)).encode_queries(TEXTS), atol=1e-5)
    np.testing.assert_allclose(documents(encoder, TEXTS), documents(reference(Tiny(seed=2)), TEXTS), atol=1e-5)
    assert cosines(encoder.encode_queries(["tide"]), documents(encoder, ["tide"]))[0] < 0.9


def test_a_model_without_a_limit_names_a_very_large_one(tmp_path: Path) -> None:
    encoder = ReferenceEncoder(resolve_model(str(save_static(tmp_path / "static"))))
    assert (encoder.card.dimension, encoder.card.pooling, encoder.card.max_tokens) == (16, "none", 1_048_576)
    long = documents(encoder, ["market " * 50_000 + "tide " * 50_000, "market tide"])
    assert cosines(long[:1], long[1:])[0] == pytest.approx(1, abs=1e-3)


def test_no_texts_give_no_vectors(reference: Reference) -> None:
    encoder = reference(Tiny())
    assert list(encoder.encode_documents([])) == []
    assert encoder.encode_queries([]).shape == (0, DIMENSION)


def test_is_known_word(reference: Reference, tmp_path: Path) -> None:
    encoder = reference(Tiny())
    assert [word for word in ("tide", "tides", "zz", "bread tide", "") if encoder.is_known_word(word)] == ["tide"]


def test_texts_beyond_one_window_keep_their_positions(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = reference(Tiny())
    expected = documents(encoder, WORDS)
    monkeypatch.setattr(semsearch.encoding.reference, "_TEXTS_PER_CALL", 5)
    np.testing.assert_allclose(documents(encoder, WORDS), expected, atol=1e-5)
    assert [len(positions) for positions, _ in encoder.encode_documents(WORDS)] == [5, 5, 2]


def test_vectors_do_not_depend_on_concurrent_threads(reference: Reference) -> None:
    encoder = reference(Tiny())
    texts = [" ".join(WORDS[: 1 + number % 12]) for number in range(200)]
    alone = encoder.encode_queries(texts[:12])
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda text: encoder.encode_queries([text])[0], texts))
    np.testing.assert_allclose(together, alone[np.arange(200) % 12], atol=1e-5)


# --- damaged models ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0, 7, 100, 5_000, -1])
def test_truncated_weights_are_refused(model: Path, kept: int) -> None:
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(NotAModel, match="it does not load") as caught:
        ReferenceEncoder(resolve_model(str(model)))
    assert caught.value.folder == model
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", '{"model_type": "no such architecture"}'),
        ("modules.json", "[]"),
        ("modules.json", "{}"),
        ("modules.json", '[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.no.Such"}]'),
        ("modules.json", '[{"type": "sentence_transformers.base.modules.transformer.Transformer"}]'),
        (
            "modules.json",
            '[{"idx": 0, "name": "0", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]',
        ),
        ("1_Pooling/config.json", '{"embedding_dimension": 32, "pooling_mode": "no such way"}'),
        ("tokenizer.json", "{"),
    ],
)
def test_a_damaged_model_is_named(model: Path, file: str, content: str) -> None:
    (model / file).write_text(content)
    with pytest.raises(NotAModel, match="it does not load") as caught:
        ReferenceEncoder(resolve_model(str(model)))
    assert caught.value.folder == model
    assert "\n" not in str(caught.value)


def test_a_pickle_beside_the_weights_is_not_read(model: Path, reference: Reference) -> None:
    (model / "pytorch_model.bin").write_text("no pickle at all")
    np.testing.assert_allclose(
        ReferenceEncoder(resolve_model(str(model))).encode_queries(WORDS), reference(Tiny()).encode_queries(WORDS)
    )


def test_code_in_the_folder_is_never_run(model: Path) -> None:
    checked = resolve_model(str(model))
    (model / "own.py").write_text("raise SystemExit('it was run')")
    (model / "modules.json").write_text('[{"idx": 0, "name": "0", "path": "", "type": "own.Model"}]')
    with pytest.raises(NotAModel, match="executes third-party code"):
        ReferenceEncoder(checked)


def test_the_card_has_the_name_given_by_the_user(tiny: Callable[[Tiny], Path]) -> None:
    model = replace(resolve_model(str(tiny(Tiny()))), name="organisation/model")
    assert ReferenceEncoder(model).card.name == "organisation/model"
