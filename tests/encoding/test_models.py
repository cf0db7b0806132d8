from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import huggingface_hub.constants
import pytest

from semsearch.encoding import models
from semsearch.encoding.models import BUILT_IN_WEIGHTS_SHA256, languages_of_model, resolve_model
from semsearch.errors import ModelNotFound, NotAModel, WeightsMismatch
from semsearch.model_card import BUILT_IN
from tests.encoding.tiny import look_alike, run


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return look_alike(tmp_path / "model")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub without a network, with an empty cache."""
    cache = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    return cache


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_named_by_its_full_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "link").symlink_to(folder)
    found = [
        resolve_model(name)
        for name in (str(folder), "model", "./model/", "../" + folder.parent.name + "/model", "link")
    ]
    assert {model.name for model in found} == {str(folder)}
    assert {model.path for model in found} == {folder}
    assert len({model.fingerprint for model in found}) == 1


def test_a_tilde_is_expanded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert resolve_model("~/model").path == folder


def test_the_weights_are_identified_by_their_digest(folder: Path) -> None:
    assert resolve_model(str(folder)).weights_sha256 == sha256("weights")


def test_sharded_weights_have_one_digest(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    for number, content in ((2, "second"), (1, "first")):
        (folder / f"model-0000{number}-of-00002.safetensors").write_text(content)
    assert resolve_model(str(folder)).weights_sha256 == sha256(sha256("first") + sha256("second"))


@pytest.mark.parametrize(
    "file",
    [
        "modules.json",
        "config.json",
        "1_Pooling/config.json",
        "tokenizer.json",
        "vocab.txt",
        "spiece.model",
        "model.safetensors",
    ],
)
def test_the_fingerprint_changes_with_any_file_that_can_change_a_vector(folder: Path, file: str) -> None:
    before = resolve_model(str(folder))
    (folder / file).write_text((folder / file).read_text() + " ")
    after = resolve_model(str(folder))
    assert after.fingerprint != before.fingerprint
    assert (after.weights_sha256 != before.weights_sha256) == (file == "model.safetensors")


def test_the_fingerprint_changes_when_a_file_comes_goes_or_moves(folder: Path) -> None:
    seen = [resolve_model(str(folder)).fingerprint]
    (folder / "added_tokens.json").write_text("{}")
    seen.append(resolve_model(str(folder)).fingerprint)
    (folder / "added_tokens.json").rename(folder / "1_Pooling" / "added_tokens.json")
    seen.append(resolve_model(str(folder)).fingerprint)
    (folder / "1_Pooling" / "added_tokens.json").unlink()
    (folder / "vocab.txt").unlink()
    seen.append(resolve_model(str(folder)).fingerprint)
    assert len(set(seen)) == 4


@pytest.mark.parametrize("file", ["README.md", ".gitattributes", "pytorch_model.bin", "tf_model.h5", "onnx/model.onnx"])
def test_the_fingerprint_stays_when_another_file_changes(folder: Path, file: str) -> None:
    before = resolve_model(str(folder))
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text("something else")
    assert resolve_model(str(folder)) == before


def test_a_copy_has_the_same_fingerprint(folder: Path) -> None:
    copy = shutil.copytree(folder, folder.with_name("copy"))
    assert resolve_model(str(copy)).fingerprint == resolve_model(str(folder)).fingerprint


# --- not a model ------------------------------------------------------------------------------------------------------


def test_a_file_is_not_a_model(folder: Path) -> None:
    with pytest.raises(NotAModel, match="it is not a folder"):
        resolve_model(str(folder / "model.safetensors"))


def test_an_empty_folder_is_not_a_model(tmp_path: Path) -> None:
    with pytest.raises(NotAModel, match=r"it has no modules\.json") as caught:
        resolve_model(str(tmp_path))
    assert caught.value.folder == tmp_path
    assert "save_pretrained" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"1",
        b'"text"',
        b"[1]",
        b"[null]",
        b'[["type"]]',
        b'[{"name": "0"}]',
        b'{"type": "x"}',
        b"\xff\xfe[",
    ],
)
def test_a_damaged_modules_json_is_refused(folder: Path, content: bytes) -> None:
    (folder / "modules.json").write_bytes(content)
    with pytest.raises(NotAModel, match=r"its modules\.json is damaged"):
        resolve_model(str(folder))


@pytest.mark.parametrize(
    "module_type",
    [
        "custom_st.Transformer",
        "os.system",
        "sentence_transformers_evil.Module",
        "SENTENCE_TRANSFORMERS.models.Pooling",
        "",
    ],
)
def test_a_model_with_code_of_its_own_is_refused(tmp_path: Path, module_type: str) -> None:
    folder = look_alike(tmp_path / "model", types=["sentence_transformers.models.Transformer", module_type])
    (folder / "custom_st.py").write_text("raise SystemExit('it was run')")
    with pytest.raises(NotAModel, match=rf"code of its own \({module_type}\)"):
        resolve_model(str(folder))


def test_a_model_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(NotAModel, match=r"it has no \.safetensors weights"):
        resolve_model(str(folder))


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pt", "model.ckpt"])
def test_a_model_with_pickled_weights_alone_is_refused(folder: Path, pickle: str) -> None:
    (folder / "model.safetensors").rename(folder / pickle)
    with pytest.raises(NotAModel, match=r"it has no \.safetensors weights"):
        resolve_model(str(folder))


@pytest.mark.parametrize("pickle", ["2_Dense/pytorch_model.bin", "adapter/adapter_model.bin"])
def test_a_module_with_pickled_weights_alone_is_refused(folder: Path, pickle: str) -> None:
    (folder / pickle).parent.mkdir()
    (folder / pickle).write_text("pickle")
    with pytest.raises(NotAModel, match=f"{pickle} is a pickle"):
        resolve_model(str(folder))
    (folder / pickle).with_name("model.safetensors").write_text("weights")
    assert resolve_model(str(folder)).path == folder


@pytest.mark.parametrize("file", ["openvino/openvino_model.bin", "training_args.bin", "checkpoint/optimizer.pt"])
def test_other_bin_files_are_ignored(folder: Path, file: str) -> None:
    """Models from the hub may include an OpenVINO export, and trained ones the state of the training."""
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text("something")
    assert resolve_model(str(folder)).path == folder


# --- the built-in model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [BUILT_IN, f"sentence-transformers/{BUILT_IN}"])
def test_the_built_in_model_has_the_weights_that_its_authors_published(name: str) -> None:
    found = resolve_model(name)
    assert found.name == BUILT_IN
    assert found.weights_sha256 == BUILT_IN_WEIGHTS_SHA256
    weights = (found.path / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == BUILT_IN_WEIGHTS_SHA256
    assert found.path.is_absolute()


def test_the_built_in_model_with_other_weights_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_built_in_path", lambda: folder)
    with pytest.raises(WeightsMismatch) as caught:
        resolve_model(BUILT_IN)
    assert (caught.value.expected, caught.value.actual) == (BUILT_IN_WEIGHTS_SHA256, sha256("weights"))


def test_the_built_in_model_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_BUILT_IN_PACKAGE", "no_such_package")
    with pytest.raises(ModelNotFound, match="no-such-package is not installed"):
        resolve_model(BUILT_IN)


def test_a_folder_takes_precedence_over_the_built_in_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.rename(folder.with_name(BUILT_IN))
    monkeypatch.chdir(folder.parent)
    assert resolve_model(BUILT_IN).weights_sha256 == sha256("weights")


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["no-such-model", "no/such/folder", "/no/such", " ", "a\0b", "https://example.org/model", "C:\\model", "a/b?"],
)
def test_a_name_that_is_neither_folder_nor_hub_name_is_not_found(name: str) -> None:
    with pytest.raises(ModelNotFound, match="there is no such folder") as caught:
        resolve_model(name)
    assert caught.value.name == name


@pytest.mark.parametrize("name", ["x" * 5_000, f"./{'x' * 300}", "~no-such-user-here/model"])
def test_an_impossible_path_is_not_found(name: str) -> None:
    with pytest.raises(ModelNotFound, match="it cannot be looked up"):
        resolve_model(name)


def test_a_hub_name_without_a_network_is_not_found(hub: Path) -> None:
    with pytest.raises(ModelNotFound, match="the hub gave LocalEntryNotFoundError") as caught:
        resolve_model("no-such-organisation/model")
    assert caught.value.name == "no-such-organisation/model"
    assert not hub.exists()


def test_a_hub_model_that_was_fetched_before_needs_no_network(hub: Path) -> None:
    fetched = hub / "models--organisation--model"
    look_alike(fetched / "snapshots" / ("c" * 40))
    (fetched / "refs").mkdir()
    (fetched / "refs" / "main").write_text("c" * 40)
    found = resolve_model("organisation/model")
    assert found.name == "organisation/model"
    assert found.path == fetched / "snapshots" / ("c" * 40)
    assert found.weights_sha256 == sha256("weights")


def test_a_model_is_checked_without_torch(folder: Path) -> None:
    script = f"""
import sys
from semsearch.encoding.models import resolve_model
print(resolve_model({str(folder)!r}).fingerprint)
slow = {{"torch", "transformers", "sentence_transformers", "huggingface_hub", "openvino"}} & set(sys.modules)
assert not slow, slow
"""
    ran = run(script)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == resolve_model(str(folder)).fingerprint


def test_the_fingerprint_is_the_digest_of_names_and_digests(folder: Path) -> None:
    """Spelled out, since indexes store it: if it changes, every vector is computed again."""
    names = [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "spiece.model",
        "tokenizer.json",
        "vocab.txt",
    ]
    digests = {name: sha256((folder / name).read_text()) for name in names}
    assert resolve_model(str(folder)).fingerprint == sha256(json.dumps(digests))


@pytest.mark.parametrize(
    ("card", "languages"),
    [
        ("---\nlanguage: en\n---\n# A model", {"en"}),
        ("---\nlanguage:\n- de\n- FR\ntags: []\n---\n", {"de", "fr"}),
        ("---\nlanguage: [multilingual, af, am]\n---\n", set()),
        ("---\nlicense: mit\n---\n", set()),
        ("---\nlanguage: [no, 2]\n---\n", set()),
        ("---\n{\n---\n", set()),
        ("# A model", set()),
        ("", set()),
    ],
)
def test_the_languages_of_a_model_are_those_of_its_card(folder: Path, card: str, languages: set[str]) -> None:
    (folder / "README.md").write_text(card)
    assert languages_of_model(str(folder)) == languages


def test_the_built_in_model_is_english_and_a_missing_one_unknown(tmp_path: Path) -> None:
    assert languages_of_model(BUILT_IN) == {"en"}
    assert languages_of_model(str(tmp_path / "nowhere")) == set()


def test_prompts_that_only_the_card_names_are_part_of_the_fingerprint(folder: Path) -> None:
    before = resolve_model(str(folder))
    (folder / "README.md").write_text('Each text starts with "query: " or "passage: ".')
    after = resolve_model(str(folder))
    assert (before.card_prompts, after.card_prompts) == (("", ""), ("query: ", "passage: "))
    assert before.fingerprint != after.fingerprint
