from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch.encoding.export
from semsearch.encoding import Encoder, opening
from semsearch.encoding.export import export
from semsearch.encoding.models import resolve_model
from semsearch.encoding.opening import export_folder, open_encoder
from semsearch.encoding.openvino import OpenVinoEncoder, write_card
from semsearch.encoding.reference import ReferenceEncoder
from tests.encoding.named_vectors import User
from tests.encoding.tiny import Tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tiny], Path]:
    """Return the folder of a tiny model, made on first use. Tests only read it. Loads torch: 5 s, once."""
    return functools.cache(lambda model: model.save(tmp_path_factory.mktemp("tiny") / "model"))


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shared cache of exported tiny models. Tests may add exports but must not change existing ones."""
    return tmp_path_factory.mktemp("tiny-cache")


@pytest.fixture(scope="session")
def exported(tiny: Callable[[Tiny], Path], tiny_cache: Path) -> Callable[[Tiny], OpenVinoEncoder]:
    """Return an encoder of an exported tiny model."""

    @functools.cache
    def opened(model: Tiny) -> OpenVinoEncoder:
        encoder = open_encoder(str(tiny(model)), cache=tiny_cache)
        assert isinstance(encoder, OpenVinoEncoder), "the export was refused"
        return encoder

    return opened


@pytest.fixture(scope="session")
def reference(tiny: Callable[[Tiny], Path]) -> Callable[[Tiny], ReferenceEncoder]:
    """Return a tiny model as sentence-transformers runs it."""
    return functools.cache(lambda model: ReferenceEncoder(resolve_model(str(tiny(model)))))


@pytest.fixture(scope="session")
def wide(reference: Callable[[Tiny], ReferenceEncoder], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an export that has a quantized form. Tests only read it.

    Quantization changes random weights more than trained ones, so the limits are lower.
    """
    folder = tmp_path_factory.mktemp("wide")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(semsearch.encoding.export, "MIN_MEAN_COSINE", 0.99)
        patched.setattr(semsearch.encoding.export, "MIN_QUANTIZED_COSINE", 0.99)
        export(reference(Tiny(wide=True)), folder)
    return folder


@pytest.fixture(scope="session")
def tiny_encoder(exported: Callable[[Tiny], OpenVinoEncoder]) -> Encoder:
    """The default tiny model, exported."""
    return exported(Tiny())


@pytest.fixture
def model(tiny: Callable[[Tiny], Path], tmp_path: Path) -> Path:
    """A tiny model that the test may change."""
    return Path(shutil.copytree(tiny(Tiny()), tmp_path / "model"))


@pytest.fixture
def good(tiny_cache: Path, tiny_encoder: Encoder) -> Path:
    """The folder of the export of the default tiny model. Tests only read it."""
    return export_folder(tiny_cache, tiny_encoder.card.fingerprint)


@pytest.fixture
def kept(good: Path, tmp_path: Path) -> Path:
    """A copy of that export, in the cache ``tmp_path``, that the test may change."""
    return Path(shutil.copytree(good, tmp_path / "encoders" / good.name))


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models that are exported, in order."""
    exported_names: list[str] = []

    def export_and_record(reference: ReferenceEncoder, folder: Path) -> OpenVinoEncoder:
        exported_names.append(reference.card.name)
        return export(reference, folder)

    monkeypatch.setattr(opening, "export", export_and_record)
    return exported_names


@pytest.fixture
def copied_exports(good: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """As ``exports``, where the export is a copy of a good one with the card of the model, which takes no time."""
    exported_names: list[str] = []

    def copy_and_record(reference: ReferenceEncoder, folder: Path) -> None:
        exported_names.append(reference.card.name)
        shutil.copytree(good, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("digests.json"))
        write_card(folder, reference.card)

    monkeypatch.setattr(opening, "export", copy_and_record)
    return exported_names


@pytest.fixture
def user(tmp_path: Path) -> User:
    """Return the folder of a user of the cache."""

    def made(name: str) -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    return made
