from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import DamagedVersion, UnsupportedFormat
from semsearch.index import Background, Calibration, Manifest, Scale, Scales, Tail
from semsearch.index.storage.manifest import FILE, FORMAT, FileDigest
from semsearch.model_card import ModelCard
from tests.index.builders import CARD

MANIFEST = Manifest(
    version="000001-20260131T120000Z",
    created_at="2026-01-31T12:00:00+00:00",
    model=ModelCard("modèle 🧮", "f" * 64, "0" * 64, 384, "mean", 256, query_prompt="query: ", document_prompt="\n"),
    template="title, teaser / sentence, 1",
    vectors="flat",
    posts=3,
    passages=7,
    corpus_sha256="c" * 64,
    calibration=Calibration(search=Background(0.1, 1e-05), posts=Background(0.3, 0.2)),
    libraries={"faiss-cpu": "1.15.1", "numpy": "2.2.0"},
    build_seconds=1e-07,
    files={"posts.sqlite": FileDigest(12, "a" * 64), "lexical/meta.json": FileDigest(0, "b" * 64)},
    languages={"de": 2, "en": 1},
    scales=Scales(Scale(-0.25, 0.3333333333333333), Scale(1e-05, 2.0), Tail(0.1, 1e-07)),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / MANIFEST.version
    folder.mkdir()
    MANIFEST.save(folder)
    return folder


def content(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return loaded


def signed(changed: dict[str, Any]) -> str:
    """The JSON of a manifest with a valid digest and any content."""
    unsigned = {key: value for key, value in changed.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(unsigned, sort_keys=True).encode()).hexdigest()
    return json.dumps(unsigned | {"sha256": digest})


def test_a_manifest_is_loaded_as_it_was_saved(folder: Path) -> None:
    assert Manifest.load(folder) == MANIFEST


def test_a_manifest_is_readable_json_and_names_its_format(folder: Path) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    assert text.startswith('{\n "version": "000001-20260131T120000Z",\n')
    assert content(folder)["format"] == FORMAT == 5
    assert '"name": "modèle 🧮"' in text
    assert content(folder)["files"]["posts.sqlite"] == {"size": 12, "sha256": "a" * 64}


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"format"',
        b"\xff\xfe",
        b"\x00" * 100,
        b"[" * 100_000,
        b'{"format": 5}',
        b'{"format": 5, "sha256": null}',
    ],
)
def test_garbage_is_named_as_damage(folder: Path, garbage: bytes) -> None:
    (folder / FILE).write_bytes(garbage)
    with pytest.raises(DamagedVersion) as raised:
        Manifest.load(folder)
    assert (raised.value.version, raised.value.file) == (MANIFEST.version, FILE)


@pytest.mark.parametrize("found", [1, 2, 3, 4, 6, 0, "1", "4", "5", None, 1.5, [1]])
def test_another_format_is_an_error_that_names_it(folder: Path, found: object) -> None:
    (folder / FILE).write_text(signed(content(folder) | {"format": found}), encoding="utf-8")
    with pytest.raises(UnsupportedFormat) as raised:
        Manifest.load(folder)
    assert (raised.value.version, raised.value.found, raised.value.supported) == (MANIFEST.version, found, FORMAT)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedVersion, match=r"version nowhere is damaged: manifest\.json: missing"):
        Manifest.load(tmp_path / "nowhere")


def test_a_folder_in_its_place_is_named(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / FILE).mkdir()
    with pytest.raises(DamagedVersion, match=r"manifest\.json: cannot be read"):
        Manifest.load(folder)


def test_a_manifest_of_another_version_is_refused(folder: Path) -> None:
    other = folder.rename(folder.with_name("000002-20260131T120000Z"))
    with pytest.raises(DamagedVersion, match=f"it belongs to version {MANIFEST.version}"):
        Manifest.load(other)


@pytest.mark.parametrize(
    "change",
    [
        {"calibration": None},
        {"calibration": {"hybrid": {"mean": 0.1, "deviation": 0.1}}},
        {"calibration": {"search": {"mean": 0.1}}},
        {"calibration": {"search": {"mean": 0.1, "deviation": 0.1}, "unknown": {"mean": 0.1, "deviation": 0.1}}},
        {"scales": None},
        {"scales": []},
        {"scales": {"meaning": {"start": 0.1}}},
        {"scales": {"meaning": None}},
        {"scales": {"tail": {"start": 0.1, "unit": 0.1}}},
        {"scales": {"unknown": {"start": 0.1, "unit": 0.1}}},
        {"files": {"posts.sqlite": 1}},
        {"files": []},
        {"model": {"name": "m"}},
        {"model": []},
        {"unknown": 1},
    ],
)
def test_a_manifest_with_missing_or_wrong_fields_is_refused(folder: Path, change: dict[str, Any]) -> None:
    (folder / FILE).write_text(signed(content(folder) | change), encoding="utf-8")
    with pytest.raises(DamagedVersion, match="not a manifest"):
        Manifest.load(folder)


@pytest.mark.parametrize(
    ("languages", "main"),
    [
        ({"en": 1}, ["en"]),
        ({"de": 90, "en": 10}, ["de", "en"]),
        ({"de": 91, "en": 9}, ["de"]),
        ({f"l{n}": 1 for n in range(20)}, [f"l{n}" for n in range(20)]),  # equally frequent, each below a tenth
        ({"de": 2} | {f"l{n}": 1 for n in range(30)}, ["de"]),
    ],
)
def test_main_languages_have_a_tenth_of_the_posts_or_are_the_most_frequent(
    languages: dict[str, int], main: list[str]
) -> None:
    assert list(replace(MANIFEST, languages=languages).main_languages) == main


def test_a_changed_value_is_detected_by_the_digest(folder: Path) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    assert '"posts": 3' in text
    (folder / FILE).write_text(text.replace('"posts": 3', '"posts": 4'), encoding="utf-8")
    with pytest.raises(DamagedVersion, match=r"manifest\.json: changed since it was written"):
        Manifest.load(folder)


def test_every_flipped_bit_and_every_cut_is_detected(folder: Path) -> None:
    whole = (folder / FILE).read_bytes()
    flipped = [whole[:place] + bytes([byte ^ 1 << place % 8]) + whole[place + 1 :] for place, byte in enumerate(whole)]
    for damaged in (*flipped, *(whole[:place] for place in range(0, len(whole), 20))):
        (folder / FILE).write_bytes(damaged)
        with suppress(DamagedVersion, UnsupportedFormat):
            # e and E in a number differ in one bit and mean the same.
            assert Manifest.load(folder) == MANIFEST


def test_with_files_changes_only_the_files() -> None:
    bare = replace(MANIFEST, files={})
    assert bare.with_files(MANIFEST.files) == MANIFEST
    assert bare.files == {}
    assert replace(bare, model=CARD).with_files({}).model is CARD
