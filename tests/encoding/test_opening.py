from __future__ import annotations

import errno
import functools
import json
import logging
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import semsearch.encoding.export
from semsearch.encoding import Encoder, open_encoder, open_encoder_for, opening, runtime, tuning
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import processor
from semsearch.errors import ModelError, ModelNotFound, NotAModel, WeightsMismatch
from semsearch.model_card import BUILT_IN
from tests.encoding.tiny import WORDS, Tiny, cosines, documents, files, run, save_static
from tests.unreadable import refuse_to_open

# --- exported once ----------------------------------------------------------------------------------------------------

OPEN_WITHOUT_TORCH = """
import sys
from pathlib import Path
from semsearch.encoding import open_encoder
encoder = open_encoder(sys.argv[1], cache=Path(sys.argv[2]))
print(encoder.backend, encoder.encode_queries(["the tide of the town"]).tobytes().hex())
slow = {"torch", "transformers", "sentence_transformers"} & set(sys.modules)
assert not slow, slow
"""


def test_a_model_is_exported_once_and_then_opened_without_torch(
    model: Path, tmp_path: Path, exports: list[str]
) -> None:
    first = open_encoder(str(model), cache=tmp_path)
    second = open_encoder(str(model), cache=tmp_path)
    assert exports == [str(model)]
    assert first.card == second.card
    assert first.card.name == str(model)
    ran = run(OPEN_WITHOUT_TORCH, model, tmp_path)
    assert ran.returncode == 0, ran.stderr
    form, vector = ran.stdout.split()
    assert form == first.backend == second.backend != "sentence-transformers"
    found = np.frombuffer(bytes.fromhex(vector), dtype=np.float32).reshape(1, -1)
    for encoder in (first, second):
        np.testing.assert_allclose(encoder.encode_queries(["the tide of the town"]), found, atol=1e-5)


def test_the_built_in_model_is_the_default(encoder: Encoder, cache: Path) -> None:
    for opened in (open_encoder(cache=cache), open_encoder(BUILT_IN, cache=cache)):
        assert opened.card == encoder.card
        assert opened.backend == encoder.backend


def test_a_model_is_exported_again_when_any_of_it_changes(
    model: Path, tmp_path: Path, copied_exports: list[str]
) -> None:
    before = open_encoder(str(model), cache=tmp_path)
    (model / "sentence_bert_config.json").write_text((model / "sentence_bert_config.json").read_text() + "\n")
    after = open_encoder(str(model), cache=tmp_path)
    assert len(copied_exports) == 2
    assert before.card == replace(after.card, fingerprint=before.card.fingerprint)
    assert files(tmp_path / "encoders") == {
        ".lock",
        *(opening.export_folder(tmp_path, encoder.card.fingerprint).name for encoder in (before, after)),
    }


def test_a_copy_of_a_model_shares_its_export_and_keeps_its_own_name(model: Path, kept: Path, tmp_path: Path) -> None:
    """An index that named the first folder would not find its model after that folder is removed."""
    copy = shutil.copytree(model, tmp_path / "copy")
    opened = open_encoder(str(copy), cache=tmp_path)
    assert opened.card.name == str(copy)
    assert files(tmp_path / "encoders") == {kept.name}
    assert open_encoder_for(opened.card, cache=tmp_path).card == opened.card


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("model.bin", lambda data: data[:-1]),
        ("model.bin", lambda data: data[:1_000] + bytes([data[1_000] ^ 1]) + data[1_001:]),
        ("model.xml", lambda _: b""),
        ("tokenizer.json", lambda data: data.replace(b'"tide"', b'"TIDE"')),
        ("card.json", lambda data: data.replace(b"mean", b"cls")),
        ("digests.json", lambda _: b"{"),
        ("digests.json", lambda _: b"null"),
        ("another.txt", lambda _: b"what is this"),
    ],
)
def test_a_damaged_export_is_exported_again(
    model: Path,
    kept: Path,
    good: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    file: str,
    damage: Callable[[bytes], bytes],
) -> None:
    """The export is replaced by a copy of a good one, which is faster."""
    path = kept / file
    path.write_bytes(damage(path.read_bytes() if path.exists() else b""))
    monkeypatch.setattr(opening, "export", lambda _, folder: shutil.copytree(good, folder, dirs_exist_ok=True))
    with caplog.at_level(logging.WARNING):
        opened = open_encoder(str(model), cache=kept.parent.parent)
    assert f"the exported model in {kept} is damaged" in caplog.text
    assert opened.backend != "sentence-transformers"
    assert {name: (kept / name).read_bytes() for name in files(kept)} == {
        name: (good / name).read_bytes() for name in files(good)
    }


@pytest.mark.parametrize("file", ["model.bin", "digests.json", "."])
@pytest.mark.parametrize("code", [errno.EACCES, errno.EMFILE])
def test_an_export_that_cannot_be_read_is_named_and_stays(
    model: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, file: str, code: int
) -> None:
    before = files(kept)
    with monkeypatch.context() as patch:
        refuse_to_open(patch, kept / file, code)
        with pytest.raises(ModelError, match=r"cannot be read: .*; (give this user permission|.*ulimit -n)") as raised:
            open_encoder(str(model), cache=kept.parent.parent)
    assert str(kept) in str(raised.value)
    assert "Errno" not in str(raised.value)
    assert files(kept) == before


@pytest.mark.parametrize("file", ["model.bin", "model.xml", "tokenizer.json", "card.json", "digests.json"])
def test_an_incomplete_export_is_never_opened(kept: Path, tiny_encoder: Encoder, file: str) -> None:
    (kept / file).unlink()
    missing = replace(tiny_encoder.card, name="/no/such/model")
    with pytest.raises(ModelNotFound):
        open_encoder_for(missing, cache=kept.parent.parent)
    assert not kept.exists()


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_refused_export_is_cached_and_the_reference_used(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, exports: list[str]
) -> None:
    caplog.set_level(logging.INFO, "semsearch")
    with monkeypatch.context() as strict:
        strict.setattr(semsearch.encoding.export, "MIN_COSINE", 1.1)
        first = open_encoder(str(model), cache=tmp_path)
    assert isinstance(first, ReferenceEncoder)
    assert f"no OpenVINO form of {model}: its vectors differ" in caplog.text
    folder = opening.export_folder(tmp_path, first.card.fingerprint)
    assert files(folder) == {"refused.txt"}
    assert (folder / "refused.txt").read_text() == f"{caplog.messages[-1]}\n"

    for again in (open_encoder(str(model), cache=tmp_path), open_encoder_for(first.card, cache=tmp_path)):
        assert isinstance(again, ReferenceEncoder)
        np.testing.assert_allclose(documents(again, WORDS), documents(first, WORDS), atol=1e-5)
    assert len(exports) == 1
    assert len(caplog.messages) == 3, "the second and third time log nothing"

    shutil.rmtree(tmp_path / "encoders")
    cleared = open_encoder(str(model), cache=tmp_path)
    assert cleared.backend != "sentence-transformers"
    np.testing.assert_array_less(0.999, cosines(documents(cleared, WORDS), documents(first, WORDS)))


def test_a_model_that_has_no_exported_form_works(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = save_static(tmp_path / "static")
    with caplog.at_level(logging.WARNING):
        opened = open_encoder(str(folder), cache=tmp_path)
    assert opened.backend == "sentence-transformers"
    assert f"no OpenVINO form of {folder}" in caplog.text
    vectors = documents(opened, ["tide", "the tide", "market"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert np.allclose(opened.encode_queries(["tide"]), vectors[0], atol=1e-6)


def test_a_model_that_does_not_load_leaves_nothing_behind(model: Path, tmp_path: Path) -> None:
    (model / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(NotAModel, match="it does not load"):
        open_encoder(str(model), cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_named(model: Path, tmp_path: Path) -> None:
    (tmp_path / "encoders").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=f"cannot write the exported model to {tmp_path}/encoders"):
        open_encoder(str(model), cache=tmp_path)


# --- the fastest form -------------------------------------------------------------------------------------------------


@pytest.fixture
def wide_kept(wide: Path, reference: Callable[[Tiny], ReferenceEncoder], tmp_path: Path) -> Path:
    """A copy of an export with a quantized form, in the cache ``tmp_path``, saved as the fastest on this processor."""
    folder = opening.export_folder(tmp_path, reference(Tiny(wide=True)).card.fingerprint)
    shutil.copytree(wide, folder)
    (folder / "digests.json").write_text(json.dumps(opening._digests(folder)))
    (folder / "fastest.json").write_text(json.dumps({"processor": processor(), "quantized": True}))
    return folder


def test_the_quantized_form_is_opened_where_it_is_fastest(
    wide_kept: Path, tmp_path: Path, tiny: Callable[[Tiny], Path]
) -> None:
    name = str(tiny(Tiny(wide=True)))
    opened = open_encoder(name, cache=tmp_path)
    assert opened.backend == open_encoder_for(opened.card, cache=tmp_path).backend == "openvino-int8"
    (wide_kept / "fastest.json").write_text(json.dumps({"processor": processor(), "quantized": False}))
    assert open_encoder(name, cache=tmp_path).backend == open_encoder_for(opened.card, cache=tmp_path).backend
    assert open_encoder(name, cache=tmp_path).backend in {"openvino-bf16", "openvino-f32"}
    assert wide_kept.exists()


def test_only_open_encoder_measures_which_form_is_fastest(
    wide_kept: Path, tmp_path: Path, reference: Callable[[Tiny], ReferenceEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service starts at once, with what is known."""
    card = reference(Tiny(wide=True)).card
    (wide_kept / "fastest.json").unlink()
    measured = iter([2.0, 1.0] * 4)
    monkeypatch.setattr(tuning, "_seconds", lambda _: next(measured))
    assert open_encoder_for(card, cache=tmp_path).backend != "openvino-int8"
    assert not (wide_kept / "fastest.json").exists()
    assert open_encoder(card.name, cache=tmp_path).backend == "openvino-int8"
    assert open_encoder_for(card, cache=tmp_path).backend == "openvino-int8"


@pytest.mark.parametrize("left", ["fastest.json", ".fastest.json.4711"])
def test_the_saved_measurement_is_not_part_of_the_digests(
    left: str, wide_kept: Path, tmp_path: Path, reference: Callable[[Tiny], ReferenceEncoder]
) -> None:
    """It can be anything without damaging the export."""
    (wide_kept / left).write_text("{ cut short")
    open_encoder_for(replace(reference(Tiny(wide=True)).card, name="/no/such/model"), cache=tmp_path)
    assert (wide_kept / left).read_text() == "{ cut short"


@pytest.mark.parametrize("file", ["quantized.bin", "quantized.xml"])
def test_an_export_whose_quantized_form_is_damaged_is_never_opened(
    file: str, wide_kept: Path, tmp_path: Path, reference: Callable[[Tiny], ReferenceEncoder]
) -> None:
    (wide_kept / file).write_bytes((wide_kept / file).read_bytes()[:-1])
    with pytest.raises(ModelNotFound):
        open_encoder_for(replace(reference(Tiny(wide=True)).card, name="/no/such/model"), cache=tmp_path)
    assert not wide_kept.exists()


# --- exports of older formats -----------------------------------------------------------------------------------------


def test_an_export_of_an_older_format_is_ignored(
    model: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: Path
) -> None:
    """It stays for that release."""
    assert opening._EXPORT_FORMAT > 1
    older = kept.rename(
        kept.with_name(kept.name.replace(f"-{opening._EXPORT_FORMAT}", f"-{opening._EXPORT_FORMAT - 1}"))
    )
    (older / "model.xml").write_text("what another release wrote")
    made: list[Path] = []

    def exported(_: ReferenceEncoder, folder: Path) -> None:
        made.append(folder)
        shutil.copytree(good, folder, dirs_exist_ok=True)

    monkeypatch.setattr(opening, "export", exported)
    opened = open_encoder(str(model), cache=tmp_path)
    assert opened.backend != "sentence-transformers"
    assert len(made) == 1
    assert files(tmp_path / "encoders") == {".lock", kept.name, older.name}
    assert (older / "model.xml").read_text() == "what another release wrote"


def test_a_refusal_of_an_older_format_is_tried_again(
    model: Path, kept: Path, tmp_path: Path, copied_exports: list[str]
) -> None:
    older = kept.with_name(kept.name.replace(f"-{opening._EXPORT_FORMAT}", f"-{opening._EXPORT_FORMAT - 1}"))
    older.mkdir()
    (older / "refused.txt").write_text("no OpenVINO form")
    assert open_encoder(str(model), cache=tmp_path).backend != "sentence-transformers"


# --- without OpenVINO -------------------------------------------------------------------------------------------------


@pytest.fixture
def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the module ``openvino`` one that is not installed."""
    monkeypatch.setitem(sys.modules, "openvino", None)
    for cached in (runtime._core, runtime.has_openvino):
        monkeypatch.setattr(runtime, cached.__name__, functools.cache(cached.__wrapped__))
    monkeypatch.setattr(opening, "has_openvino", runtime.has_openvino)


@pytest.mark.usefixtures("without_openvino")
@pytest.mark.parametrize("has_export", [True, False])
def test_without_openvino_the_reference_is_used(
    has_export: bool,
    model: Path,
    kept: Path,
    tmp_path: Path,
    reference: Callable[[Tiny], ReferenceEncoder],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a cache that has an export, and with an empty one."""
    cache, before = tmp_path if has_export else tmp_path / "empty", files(kept)
    first = open_encoder(str(model), cache=cache)
    expected = reference(Tiny()).encode_queries(["the tide of the town"])
    for opened in (first, open_encoder_for(first.card, cache=cache)):
        assert opened.backend == "sentence-transformers"
        np.testing.assert_allclose(opened.encode_queries(["the tide of the town"]), expected, atol=1e-5)
    assert caplog.text.count("OpenVINO does not run here") == 1
    assert files(kept) == before
    assert not (tmp_path / "empty").exists()


def test_a_model_opened_without_openvino_is_exported_when_openvino_is_available(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied_exports: list[str]
) -> None:
    """This is not a refusal, which would be cached."""
    with monkeypatch.context() as missing:
        missing.setattr(opening, "has_openvino", lambda: False)
        assert isinstance(open_encoder(str(model), cache=tmp_path), ReferenceEncoder)
    assert not copied_exports
    assert open_encoder(str(model), cache=tmp_path).backend != "sentence-transformers"
    assert copied_exports == [str(model)]


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_a_changed_model_is_refused_without_openvino_too(
    model: Path, tmp_path: Path, tiny_encoder: Encoder, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setattr(opening, "has_openvino", lambda: False)
    (model / file).write_bytes((model / file).read_bytes() + b" ")
    with pytest.raises(WeightsMismatch):
        open_encoder_for(replace(tiny_encoder.card, name=str(model)), cache=tmp_path)


# --- the encoder of an index ------------------------------------------------------------------------------------------


def test_an_index_needs_the_export_and_not_the_model(kept: Path, tiny_encoder: Encoder) -> None:
    card = replace(tiny_encoder.card, name="/gone/since")
    opened = open_encoder_for(card, cache=kept.parent.parent)
    assert opened.card == card
    np.testing.assert_allclose(documents(opened, WORDS), documents(tiny_encoder, WORDS), atol=1e-5)


def test_an_index_exports_its_model_if_there_is_no_export(
    model: Path, tmp_path: Path, tiny_encoder: Encoder, copied_exports: list[str]
) -> None:
    card = replace(tiny_encoder.card, name=str(model))
    opened = open_encoder_for(card, cache=tmp_path)
    assert opened.card == card
    assert opened.backend == tiny_encoder.backend
    assert copied_exports == [str(model)]


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_a_changed_model_is_refused(model: Path, tmp_path: Path, tiny_encoder: Encoder, file: str) -> None:
    card = replace(tiny_encoder.card, name=str(model))
    (model / file).write_bytes((model / file).read_bytes() + b" ")
    with pytest.raises(WeightsMismatch) as caught:
        open_encoder_for(card, cache=tmp_path)
    assert caught.value.name == str(model)
    assert caught.value.expected == card.fingerprint
    assert caught.value.actual != caught.value.expected
    assert not (tmp_path / "encoders").exists()
