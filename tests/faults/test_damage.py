"""Damage to any file is noticed: another version is opened instead, or the file is made again."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from semsearch.api.auth import keyring
from semsearch.encoding import opening
from semsearch.errors import SemsearchError
from semsearch.index import IndexFolder
from semsearch.search.curation import CurationFile
from tests.encoding.named_vectors import FILE as CACHE_FILE
from tests.encoding.named_vectors import key, open_cache
from tests.faults import indexes
from tests.faults.tally import Tally
from tests.index.builders import newest_valid

SEED = 20261201


def flips(content: bytes, count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield a content with one bit flipped, at random places; all places if there are not more."""
    bits = range(8 * len(content))
    for bit in bits if count >= len(bits) else rng.sample(bits, count):
        place = bit // 8
        yield content[:place] + bytes([content[place] ^ 1 << bit % 8]) + content[place + 1 :]


def cuts(content: bytes, count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield a content that is cut short: to nothing, by a byte, and at random places."""
    lengths = {0, len(content) - 1, *(rng.randrange(len(content)) for _ in range(count))}
    yield from (content[:length] for length in sorted(lengths))


def damages(content: bytes, count: int) -> Iterator[bytes]:
    rng = random.Random(SEED)
    yield from flips(content, count, rng)
    yield from cuts(content, count // 4, rng)


def is_one_line(error: SemsearchError) -> bool:
    return "\n" not in str(error) and "Traceback" not in str(error)


# --- versions ---------------------------------------------------------------------------------------------------------


def check_damaged(index: Path, name: str) -> None:
    """Check that a damaged file of the current version is named, and that the version before is opened instead."""
    try:
        opened = IndexFolder(index).open()
    except SemsearchError as error:
        assert name in str(error) or name == "manifest.json"  # noqa: PT017  (see below)
        assert is_one_line(error)  # noqa: PT017
        assert newest_valid(IndexFolder(index)) == [indexes.OLD[-2]]
    else:
        opened.close()
        assert name == "manifest.json"  # which means the same, such as without the line end
        assert indexes.check(index) == indexes.OLD[-1]


def damage_version(old: Path, folder: Path, count: int, tally: Tally) -> None:
    """Damage each file of the current version, one after another."""
    index = indexes.copied(old, folder / "index")
    version = index / "versions" / IndexFolder(index).current()
    for file in sorted(path for path in version.rglob("*") if path.is_file()):
        content = file.read_bytes()
        for damaged in damages(content, count):
            file.write_bytes(damaged)
            with tally.trying():
                check_damaged(index, file.relative_to(version).as_posix())
        with tally.trying():  # and the next version does not need it
            copy = indexes.copied(index, folder / "copy")
            indexes.check_next_of_damaged(copy)
            shutil.rmtree(copy)
        file.write_bytes(content)


@pytest.mark.fault("truncation or bit flip: version")
def test_a_damaged_version(three_old: Path, tmp_path: Path, tally: Tally) -> None:
    damage_version(three_old, tmp_path, 1, tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("truncation or bit flip: version")
def test_a_version_damaged_at_many_places(three_old: Path, tmp_path: Path, tally: Tally) -> None:
    damage_version(three_old, tmp_path, 64, tally)


@pytest.mark.fault("truncation or bit flip: pointer")
@pytest.mark.parametrize("count", [8, pytest.param(1_000, marks=pytest.mark.campaign)])
def test_a_damaged_pointer(count: int, three_old: Path, tmp_path: Path, tally: Tally) -> None:
    index = indexes.copied(three_old, tmp_path / "index")
    pointer = index / "CURRENT"
    for damaged in damages(pointer.read_bytes(), count):
        pointer.write_bytes(damaged)
        with tally.trying():
            try:
                IndexFolder(index).open().close()
            except SemsearchError as error:
                assert is_one_line(error)  # noqa: PT017  (some flips lead to another version)
            (served,) = newest_valid(IndexFolder(index))
            assert served in indexes.OLD
    indexes.check_next(index)


# --- the cache and the exported model ---------------------------------------------------------------------------------


@pytest.mark.fault("truncation or bit flip: cached vectors")
@pytest.mark.parametrize("count", [4, pytest.param(400, marks=pytest.mark.campaign)])
def test_damaged_cached_vectors(count: int, tmp_path: Path, tally: Tally) -> None:
    """A vector that can be read, or none. A flip in a vector changes it; only the header of a page is checked."""
    with open_cache(tmp_path / "whole") as cache:
        cache.add([key(name) for name in range(200)], np.tile(np.array([1, 0], np.float32), (200, 1)))
    for number, damaged in enumerate(damages((tmp_path / "whole" / CACHE_FILE).read_bytes(), count)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        (folder / CACHE_FILE).write_bytes(damaged)
        with tally.trying(), open_cache(folder) as cache:
            known = [key(name) for name in range(200) if cache.contains([key(name)])[0]]
            assert np.isfinite(cache.get(known)).all() if known else True
            cache.add([key("new")], np.array([[0, 1]], np.float32))
            assert cache.contains([key("new")]).all()
        shutil.rmtree(folder)


@pytest.mark.fault("truncation or bit flip: exported model")
@pytest.mark.parametrize("count", [2, pytest.param(100, marks=pytest.mark.campaign)])
def test_a_damaged_exported_model(count: int, tmp_path: Path, tally: Tally) -> None:
    """It is removed, and then exported again."""
    whole = tmp_path / "whole"
    whole.mkdir()
    for name in ("model.xml", "model.bin", "tokenizer.json"):
        (whole / name).write_bytes(random.Random(name).randbytes(2_000))
    (whole / "card.json").write_text(json.dumps({"fingerprint": "of a model"}), encoding="utf-8")
    (whole / "digests.json").write_text(json.dumps(opening._digests(whole)), encoding="utf-8")
    for file in sorted(whole.iterdir()):
        for damaged in damages(file.read_bytes(), count):
            export = Path(shutil.copytree(whole, tmp_path / "export"))
            (export / file.name).write_bytes(damaged)
            with tally.trying():
                assert opening._open_export(export, "made up", "of a model", None, measure=False) is None
                assert not export.exists()


# --- edited files -----------------------------------------------------------------------------------------------------

CURATION = """\
queries:
  - query: tide tables
    pin: [first, second]
    hide: [third]
hide: [fourth]
synonyms:
  - [harbour, port]
"""
KEYS = f"""\
keys:
  - name: web
    sha256: {"ab" * 32}
    expires: 2027-03-31
    scopes: [search]
"""


def read_keys(file: Path) -> object:
    return keyring.read_file(file)


def read_curation(file: Path) -> object:
    return CurationFile(file).current()


@pytest.mark.fault("truncation or bit flip: edited files")
@pytest.mark.parametrize("count", [40, pytest.param(100_000, marks=pytest.mark.campaign)])
@pytest.mark.parametrize(("text", "read"), [(CURATION, read_curation), (KEYS, read_keys)])
def test_a_damaged_edited_file(
    text: str, read: Callable[[Path], object], count: int, tmp_path: Path, tally: Tally
) -> None:
    """It is read, or refused with one sentence."""
    file = tmp_path / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    read(file)
    for damaged in damages(text.encode(), count):
        file.write_bytes(damaged)
        with tally.trying():
            try:
                read(file)
            except SemsearchError as error:
                assert str(file) in str(error)  # noqa: PT017  (many flips leave a valid file)
                assert is_one_line(error)  # noqa: PT017


@pytest.mark.fault("truncation or bit flip: edited files")
def test_while_an_edited_file_is_damaged_its_last_valid_content_is_used(tmp_path: Path, tally: Tally) -> None:
    file = tmp_path / "curation.yaml"
    file.write_text(CURATION, encoding="utf-8")
    watched = CurationFile(file)
    whole = watched.current()
    for damaged in (b"queries: [", b"\xff\xfe", CURATION.encode()[:40] + b"{"):
        file.write_bytes(damaged)
        with tally.trying():
            assert watched.current() is whole
            assert watched.problem
            with closing(file.open("rb")) as stream:
                assert stream.read() == damaged  # nothing is mended behind the editor's back
