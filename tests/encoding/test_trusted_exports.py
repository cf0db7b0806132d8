from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch
from semsearch.encoding import Encoder, TrustedExports, open_encoder, open_encoder_for, open_exported
from semsearch.encoding.opening import export_folder
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.errors import ModelError, ModelNotFound
from semsearch.index import IndexFolder
from semsearch.serving.live_index import LiveIndex
from tests.builders import raw_post, write_corpus

REFUSED = "is not the one that this index was built with; it is not used"


def tamper(export: Path) -> None:
    """Change the tokenizer of an export and write new digests, as somebody with write access to the cache could."""
    file = export / "tokenizer.json"
    file.write_bytes(file.read_bytes().replace(b'"tide"', b'"edit"'))
    digests = json.loads((export / "digests.json").read_text())
    digests[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    (export / "digests.json").write_text(json.dumps(digests))


@pytest.fixture
def trusted(tmp_path: Path) -> TrustedExports:
    return TrustedExports(tmp_path / "exports.json")


def test_a_tampered_export_with_new_digests_is_made_again(
    model: Path, tmp_path: Path, trusted: TrustedExports, copied_exports: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    card = open_encoder(str(model), cache=tmp_path, trusted=trusted).card
    export = export_folder(tmp_path, card.fingerprint)
    whole = (export / "tokenizer.json").read_bytes()
    ways: list[Callable[[], Encoder]] = [
        lambda: open_encoder(str(model), cache=tmp_path, trusted=trusted),
        lambda: open_encoder_for(card, cache=tmp_path, trusted=trusted),
    ]
    for again in ways:
        tamper(export)
        copied_exports.clear()
        caplog.clear()
        assert again().backend != "sentence-transformers"
        assert [REFUSED in record.message for record in caplog.records] == [True]
        assert (export / "tokenizer.json").read_bytes() == whole
        assert copied_exports == [str(model)]
        again()
        assert len(copied_exports) == 1


def test_a_tampered_export_is_not_used_where_the_model_is_missing(
    model: Path, kept: Path, tmp_path: Path, trusted: TrustedExports
) -> None:
    card = open_encoder(str(model), cache=tmp_path, trusted=trusted).card
    shutil.rmtree(model)
    assert open_encoder_for(card, cache=tmp_path, trusted=trusted).card == card
    tamper(kept)
    assert open_exported(card, cache=tmp_path, trusted=trusted) is None
    with pytest.raises(ModelNotFound):
        open_encoder_for(card, cache=tmp_path, trusted=trusted)
    assert kept.is_dir()  # others may rely on it


def test_an_export_that_was_deleted_and_made_again_is_trusted(
    model: Path, tmp_path: Path, trusted: TrustedExports, exports: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    card = open_encoder(str(model), cache=tmp_path, trusted=trusted).card
    recorded = (tmp_path / "exports.json").read_text()
    shutil.rmtree(tmp_path / "encoders")
    open_encoder_for(card, cache=tmp_path)  # for another index
    assert open_encoder_for(card, cache=tmp_path, trusted=trusted).backend != "sentence-transformers"
    assert (len(exports), REFUSED in caplog.text) == (2, False)
    assert (tmp_path / "exports.json").read_text() == recorded


def test_indexes_may_know_a_model_by_other_names(
    model: Path, tmp_path: Path, trusted: TrustedExports, copied_exports: list[str]
) -> None:
    open_encoder(str(model), cache=tmp_path, trusted=trusted)
    shutil.rmtree(tmp_path / "encoders")
    copy = shutil.copytree(model, tmp_path / "copy")
    open_encoder(str(copy), cache=tmp_path, trusted=TrustedExports(tmp_path / "other.json"))
    open_encoder(str(model), cache=tmp_path, trusted=trusted)
    assert copied_exports == [str(model), str(copy)]


def test_an_export_of_another_model_is_damage(
    model: Path, kept: Path, tmp_path: Path, copied_exports: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    file = kept / "card.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"fingerprint": "0" * 64}))
    digests = json.loads((kept / "digests.json").read_text())
    digests[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    (kept / "digests.json").write_text(json.dumps(digests))
    opened = open_encoder(str(model), cache=tmp_path)
    assert "is damaged; it is exported again" in caplog.text
    assert opened.card.fingerprint == content["fingerprint"]
    assert len(copied_exports) == 1


def test_a_refusal_is_not_recorded(model: Path, tmp_path: Path, trusted: TrustedExports) -> None:
    encoder = ReferenceEncoder.__name__
    folder = export_folder(tmp_path, open_encoder(str(model), cache=tmp_path).card.fingerprint)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "refused.txt").write_text("no")
    assert type(open_encoder(str(model), cache=tmp_path, trusted=trusted)).__name__ == encoder
    assert trusted.digest(folder.name) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"a": 1}', "[" * 100_000])
def test_a_damaged_record_trusts_any_export(tmp_path: Path, content: str) -> None:
    trusted = TrustedExports(tmp_path / "exports.json")
    (tmp_path / "exports.json").write_text(content)
    assert trusted.digest("a") is None
    trusted.record("b", "digest")
    assert trusted.digest("b") == "digest"


def test_a_record_that_cannot_be_written_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    TrustedExports(tmp_path / "missing" / "exports.json").record("a", "digest")
    assert "cannot be recorded" in caplog.text


def test_searches_and_services_use_only_the_export_of_the_last_rebuild(
    model: Path, kept: Path, tmp_path: Path, copied_exports: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    corpus, index = write_corpus(tmp_path / "corpus", [raw_post("a")]), tmp_path / "index"
    semsearch.rebuild(corpus, index, model=str(model), cache=tmp_path)
    assert list(json.loads(IndexFolder(index).trusted_exports.read_text())) == [kept.name]
    for use in (
        lambda: semsearch.open(index, cache=tmp_path),
        lambda: LiveIndex(index, tmp_path),
        lambda: semsearch.rebuild(corpus, index, model=str(model), cache=tmp_path),
    ):
        tamper(kept)
        caplog.clear()
        copied_exports.clear()
        with caplog.at_level(logging.WARNING):
            use()
        assert REFUSED in caplog.text
        assert len(copied_exports) == 1


def test_a_cache_that_cannot_be_written_is_reported(
    model: Path, kept: Path, tmp_path: Path, trusted: TrustedExports, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = open_encoder(str(model), cache=tmp_path, trusted=trusted).card
    tamper(kept)

    def refuse(folder: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(ModelError, match="cannot write the exported model"):
        open_encoder_for(card, cache=tmp_path, trusted=trusted)
