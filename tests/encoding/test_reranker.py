from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
from numpy.typing import NDArray

import semsearch.encoding.reranker
from semsearch.encoding.reranker import CrossEncoderReranker, Reranker, open_reranker
from semsearch.errors import ModelError
from tests.encoding.tiny import WORDS, Tiny, TinyReranker, run

Folder = Callable[[TinyReranker], Path]
QUERY = "the bread of the town"
TEXTS = ["tide", "The bread of the town", "", "tide", " ".join(WORDS * 4), *WORDS, "!?", "an unknown thing 42"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return the folder of a tiny cross-encoder, made on first use. Tests only read it."""
    return functools.cache(lambda model: model.save(tmp_path_factory.mktemp("tiny") / "model"))


@pytest.fixture(scope="module")
def reranker(folder: Folder) -> Reranker:
    return open_reranker(str(folder(TinyReranker())))


@pytest.fixture
def model(folder: Folder, tmp_path: Path) -> Path:
    """A tiny cross-encoder that the test may change."""
    return Path(shutil.copytree(folder(TinyReranker()), tmp_path / "model"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub without a network, with an empty cache."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def relevances(reranker: Reranker, texts: Sequence[str], query: str = QUERY) -> NDArray[np.float64]:
    return np.concatenate([np.empty(0), *reranker.relevances(query, texts)])


def predicted(folder: Path) -> NDArray[np.float64]:
    """Return the predictions of sentence-transformers."""
    from sentence_transformers import CrossEncoder  # noqa: PLC0415  (5 s: torch)

    pairs = [(QUERY, text) for text in TEXTS]
    return np.asarray(CrossEncoder(str(folder)).predict(pairs, show_progress_bar=False), dtype=np.float64)


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


def update_json(file: Path, **values: object) -> None:
    """Change some values of a JSON object."""
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def change_weights(folder: Path, change: Callable[[Any], Any]) -> None:
    """Change every tensor of a model."""
    from safetensors.torch import load_file, save_file  # noqa: PLC0415  (torch)

    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: change(tensor) for name, tensor in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )


# --- relevances -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [TinyReranker(), TinyReranker(seed=2), TinyReranker(has_modules=False)])
def test_relevances_equal_the_predictions_of_sentence_transformers(folder: Folder, model: TinyReranker) -> None:
    found = relevances(open_reranker(str(folder(model))), TEXTS)
    np.testing.assert_allclose(found, predicted(folder(model)), atol=1e-5)
    assert np.ptp(found) > 0.05, "the model cannot tell the texts apart"
    assert found.dtype == np.float64


@pytest.mark.parametrize("activation", ["Identity", "Tanh"])
def test_another_activation_is_replaced_by_the_sigmoid(folder: Folder, activation: str) -> None:
    found = relevances(open_reranker(str(folder(TinyReranker(activation=activation)))), TEXTS)
    np.testing.assert_allclose(found, predicted(folder(TinyReranker())), atol=1e-5)
    if activation == "Identity":
        np.testing.assert_allclose(found, sigmoid(predicted(folder(TinyReranker(activation=activation)))), atol=1e-5)


@pytest.mark.parametrize("head", ["Sigmoid", "Identity"])
def test_no_second_sigmoid_is_applied(tmp_path: Path, head: str) -> None:
    from sentence_transformers import CrossEncoder  # noqa: PLC0415  (5 s: torch)
    from sentence_transformers.base.modules import Dense  # noqa: PLC0415
    from torch import nn  # noqa: PLC0415

    dense = Dense(Tiny().dimension, 1, activation_function=getattr(nn, head)(), module_output_name="scores")
    modules = [*Tiny()._modules(tmp_path / "bert", 1), dense]
    CrossEncoder(modules=modules, device="cpu", activation_fn=nn.Identity()).save_pretrained(str(tmp_path / "model"))
    expected = predicted(tmp_path / "model")
    found = relevances(open_reranker(str(tmp_path / "model")), TEXTS)
    np.testing.assert_allclose(found, expected if head == "Sigmoid" else sigmoid(expected), atol=1e-5)


def test_relevances_come_in_small_batches_in_the_order_of_texts(reranker: Reranker) -> None:
    batches = list(reranker.relevances(QUERY, TEXTS))
    assert [len(batch) for batch in batches] == [8, 8, 3]
    alone = [float(next(reranker.relevances(QUERY, [text]))[0]) for text in TEXTS]
    np.testing.assert_allclose(np.concatenate(batches), alone, atol=1e-5)


def test_batches_are_computed_lazily(reranker: Reranker) -> None:
    read: list[int] = []

    class RecordingList(list[str]):
        def __getitem__(self, key: Any) -> Any:
            read.append(key.start)
            return super().__getitem__(key)

    batches = reranker.relevances(QUERY, RecordingList(TEXTS))
    assert read == []
    next(batches)
    assert read == [0]
    next(batches)
    assert read == [0, 8]


def test_query_and_text_are_not_interchangeable(reranker: Reranker) -> None:
    swapped = [relevances(reranker, ["tide"], "bread"), relevances(reranker, ["bread"], "tide")]
    assert abs(swapped[0] - swapped[1]) > 1e-3


def test_no_texts_have_no_relevances(reranker: Reranker) -> None:
    assert list(reranker.relevances(QUERY, [])) == []


@pytest.mark.parametrize("query", ["", " ", "?", "日本", "the " * 500])
def test_any_query_gets_relevances(reranker: Reranker, query: str) -> None:
    found = relevances(reranker, TEXTS, query)
    assert found.shape == (len(TEXTS),)
    assert ((found > 0) & (found < 1)).all()


def test_a_long_text_is_truncated_to_the_model_maximum(reranker: Reranker) -> None:
    start = "market " * 64
    cut, other, whole = relevances(reranker, [start, f"{start}tide garden", "garden"])
    assert cut == pytest.approx(other, abs=1e-6)
    assert abs(cut - whole) > 1e-3


def test_the_maximum_of_a_model_for_long_texts_is_lowered(
    folder: Folder, reranker: Reranker, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["market " * 20, "market " * 20 + "tide garden"]
    assert np.ptp(relevances(reranker, texts, "bread")) > 1e-3
    monkeypatch.setattr(semsearch.encoding.reranker, "_MAX_TOKENS", 20)
    assert np.ptp(relevances(open_reranker(str(folder(TinyReranker()))), texts, "bread")) < 1e-6


def test_relevances_are_the_same_each_time_the_model_is_opened(folder: Folder, reranker: Reranker) -> None:
    again = open_reranker(str(folder(TinyReranker())))
    np.testing.assert_array_equal(relevances(again, TEXTS), relevances(reranker, TEXTS))


def test_relevances_do_not_depend_on_concurrent_threads(reranker: Reranker) -> None:
    queries = [" ".join(WORDS[: 1 + number % 12]) for number in range(96)]
    alone = [relevances(reranker, TEXTS[:4], query) for query in queries[:12]]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda query: relevances(reranker, TEXTS[:4], query), queries))
    np.testing.assert_allclose(together, [alone[number % 12] for number in range(96)], atol=1e-5)


def test_concurrent_searches_alternate_by_batch(reranker: Reranker) -> None:
    """A search that is not read to its end does not block others."""
    with ThreadPoolExecutor(1) as thread, contextlib.closing(reranker.relevances("bread", TEXTS)) as first:  # type: ignore[type-var]
        next(first)
        assert len(thread.submit(relevances, reranker, TEXTS, "tide").result(timeout=30)) == len(TEXTS)
        assert len(next(first)) == 8


def test_half_precision_weights_are_computed_in_single_precision(model: Path, reranker: Reranker) -> None:
    change_weights(model, lambda tensor: tensor.half())
    update_json(model / "config.json", dtype="float16")
    opened = open_reranker(str(model))
    assert isinstance(opened, CrossEncoderReranker)
    assert str(opened._model.dtype) == "torch.float32"
    np.testing.assert_allclose(relevances(opened, TEXTS), relevances(reranker, TEXTS), atol=0.01)


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_folder_is_named_by_its_full_path(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reranker: Reranker
) -> None:
    path = folder(TinyReranker())
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("HOME", str(path.parent))
    (tmp_path / "link").symlink_to(path)
    assert reranker.name == str(path)
    assert {open_reranker(name).name for name in ("model", "~/model", str(tmp_path / "link"))} == {str(path)}


def test_a_hub_model_that_was_fetched_before_needs_no_network(hub: Path, model: Path, reranker: Reranker) -> None:
    fetched = hub / "models--organisation--model"
    shutil.copytree(model, fetched / "snapshots" / ("c" * 40))
    (fetched / "refs").mkdir()
    (fetched / "refs" / "main").write_text("c" * 40)
    found = open_reranker("organisation/model")
    assert found.name == "organisation/model"
    np.testing.assert_array_equal(relevances(found, TEXTS), relevances(reranker, TEXTS))


def test_a_hub_name_without_a_network_is_not_found(hub: Path) -> None:
    with pytest.raises(
        ModelError,
        match=r"reranker 'no-such/model' not found: the hub gave LocalEntryNotFoundError; .*leave the option",
    ):
        open_reranker("no-such/model")
    assert not hub.exists()


@pytest.mark.parametrize("name", ["no-such-model", "no/such/folder", "/no/such", "", " ", "a\0b", "a/b?"])
def test_a_name_that_is_neither_folder_nor_hub_name_is_not_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"not found: there is no such folder|it has no config\.json"):
        open_reranker(name)


@pytest.mark.parametrize("name", ["x" * 5_000, "~no-such-user-here/model"])
def test_an_impossible_path_is_not_found(name: str) -> None:
    with pytest.raises(ModelError, match="it cannot be looked up"):
        open_reranker(name)


def test_a_bi_encoder_is_refused(tmp_path: Path) -> None:
    folder = Tiny().save(tmp_path / "model")
    with pytest.raises(ModelError, match="it is a SentenceTransformer, which makes vectors"):
        open_reranker(str(folder))
    (folder / "config_sentence_transformers.json").unlink()  # as older releases saved them
    with pytest.raises(ModelError, match="it is a SentenceTransformer, which makes vectors"):
        open_reranker(str(folder))
    (folder / "modules.json").unlink()
    with pytest.raises(ModelError, match="names no architecture ForSequenceClassification"):
        open_reranker(str(folder))


@pytest.mark.parametrize("has_modules", [True, False])
def test_a_model_of_several_labels_is_refused(folder: Folder, has_modules: bool) -> None:
    with pytest.raises(
        ModelError, match="it gives 3 labels per pair, and relevance is one number; use a CrossEncoder with"
    ):
        open_reranker(str(folder(TinyReranker(labels=3, has_modules=has_modules))))


@pytest.mark.parametrize("architectures", [None, [], 5, "BertForSequenceClassification", [None], ["BertModel"]])
def test_a_model_that_does_not_score_pairs_is_refused(folder: Folder, tmp_path: Path, architectures: object) -> None:
    copy = Path(shutil.copytree(folder(TinyReranker(has_modules=False)), tmp_path / "model"))
    update_json(copy / "config.json", architectures=architectures)
    with pytest.raises(ModelError, match="names no architecture ForSequenceClassification"):
        open_reranker(str(copy))


def test_a_path_that_is_not_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=rf"{tmp_path}/file is not a reranker: it is not a folder"):
        open_reranker(str(tmp_path / "file"))
    with pytest.raises(ModelError, match=rf"{tmp_path} is not a reranker: it has no config\.json"):
        open_reranker(str(tmp_path))


@pytest.mark.parametrize("file", ["modules.json", "config_sentence_transformers.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"null", b"1", b'"text"', b"\xff\xfe[", b"[" * 100_000])
def test_a_damaged_json_file_is_named(model: Path, file: str, content: bytes) -> None:
    (model / file).write_bytes(content)
    with pytest.raises(ModelError, match=f"its {file} is damaged"):
        open_reranker(str(model))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", '{"model_type": "no such architecture"}'),
        ("modules.json", "[]"),
        ("modules.json", '[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.no.Such"}]'),
        ("modules.json", '[{"type": "sentence_transformers.base.modules.transformer.Transformer"}]'),
        ("tokenizer.json", "{"),
        ("model.safetensors", ""),
        ("model.safetensors", "no weights at all"),
    ],
)
def test_a_damaged_model_is_named_in_one_line(model: Path, file: str, content: str) -> None:
    (model / file).write_text(content)
    with pytest.raises(ModelError, match=rf"{model} is not a reranker: it does not load") as caught:
        open_reranker(str(model))
    assert "\n" not in str(caught.value)


def test_a_model_whose_relevances_are_not_numbers_is_refused(model: Path) -> None:
    change_weights(model, lambda tensor: tensor * float("nan"))
    with pytest.raises(ModelError, match="its relevances are not numbers"):
        open_reranker(str(model))


# --- untrusted code ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["own.Model", "os.system", "sentence_transformers_evil.Module", ""])
def test_a_model_with_code_of_its_own_is_refused(model: Path, kind: str) -> None:
    (model / "own.py").write_text("raise SystemExit('it was run')")
    (model / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": kind}]))
    with pytest.raises(ModelError, match=rf"code of its own \({kind}\)"):
        open_reranker(str(model))


def test_an_architecture_with_code_of_its_own_is_not_run(model: Path) -> None:
    (model / "own.py").write_text("raise SystemExit('it was run')")
    auto_map = {"AutoConfig": "own.Config", "AutoModelForSequenceClassification": "own.Model"}
    update_json(model / "config.json", model_type="own", auto_map=auto_map)
    with pytest.raises(ModelError, match="it does not load"):
        open_reranker(str(model))


def test_an_activation_function_named_in_the_settings_is_not_called(model: Path, reranker: Reranker) -> None:
    """The library calls any function of torch by name; this one would end the process."""
    update_json(model / "config_sentence_transformers.json", activation_fn="torch.os.abort")
    np.testing.assert_array_equal(relevances(open_reranker(str(model)), TEXTS), relevances(reranker, TEXTS))


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "model.pt"])
def test_a_model_with_pickled_weights_alone_is_refused(model: Path, pickle: str) -> None:
    (model / "model.safetensors").rename(model / pickle)
    with pytest.raises(ModelError, match=r"it has no \.safetensors weights"):
        open_reranker(str(model))


def test_a_module_with_pickled_weights_alone_is_refused(model: Path) -> None:
    (model / "1_Dense").mkdir()
    (model / "1_Dense" / "pytorch_model.bin").touch()
    with pytest.raises(ModelError, match=r"1_Dense/pytorch_model\.bin is a pickle"):
        open_reranker(str(model))


def test_a_pickle_beside_the_weights_is_not_read(model: Path, reranker: Reranker) -> None:
    (model / "pytorch_model.bin").write_text("no pickle at all")
    np.testing.assert_array_equal(relevances(open_reranker(str(model)), TEXTS), relevances(reranker, TEXTS))


def test_a_folder_is_refused_without_torch(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]")
    script = f"""
import sys
from semsearch.encoding.reranker import Reranker, open_reranker
try:
    open_reranker({os.fspath(tmp_path)!r})
except Exception as error:
    print(error)
slow = {{"torch", "transformers", "sentence_transformers", "huggingface_hub", "openvino"}} & set(sys.modules)
assert not slow, slow
"""
    ran = run(script)
    assert ran.returncode == 0, ran.stderr
    assert "it is a SentenceTransformer" in ran.stdout
