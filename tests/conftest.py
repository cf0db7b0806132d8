from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

import semsearch
import semsearch.edited.watching
from semsearch.cli import main
from semsearch.encoding import Encoder, open_encoder, opening
from semsearch.encoding.models import resolve_model
from semsearch.model_card import BUILT_IN
from semsearch.search import Searcher
from tests.builders import ROOT, Command, Outcome, service, write_corpus

hypothesis.settings.register_profile("patient", deadline=None)  # tests run beside each other, and timings tell little
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def edited_files_are_always_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test does not wait between changing a file and asking what it says."""
    monkeypatch.setattr(semsearch.edited.watching, "SECONDS_BETWEEN", 0.0)


@pytest.fixture(scope="session", autouse=True)
def nothing_waits_for_the_disk() -> Iterator[None]:
    """Whether what was written outlives a failure of power, no test can tell; in others, it takes most of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def cache(request: pytest.FixtureRequest) -> Path:
    """Exported models, kept from run to run: exporting takes ten seconds, opening an export a quarter of one."""
    config: pytest.Config = request.config
    assert config.cache is not None
    return config.cache.mkdir("semsearch")


@pytest.fixture(scope="session", autouse=True)
def models_are_opened_once(cache: Path) -> Iterator[None]:
    """Indexes share the models of the cache: to open one, and to ask it the first question of a length, takes longer
    than most tests."""
    open_export = opening._open_export
    opened: dict[tuple[Path, str], Encoder | None] = {}
    built_in = functools.cache(lambda: resolve_model(BUILT_IN))

    def open_once(folder: Path, name: str, *, measure: bool) -> Encoder | None:
        at = folder.resolve()
        if at.parent != cache / "encoders" or opened.get((at, name)) is None:
            opened[at, name] = open_export(folder, name, measure=measure)
        return opened[at, name]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "resolve_model", lambda name: built_in() if name == BUILT_IN else resolve_model(name))
        patched.setattr(opening, "_open_export", open_once)
        yield


@pytest.fixture(scope="session")
def encoder(cache: Path) -> Encoder:
    """The built-in model; exported once even where several workers ask at the same time."""
    with FileLock(cache / "export.lock"):
        return open_encoder(cache=cache)


@pytest.fixture(scope="session")
def build(
    encoder: Encoder, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Iterable[Mapping[str, Any] | str]], Path]:
    """Builds an index of raw posts, in a folder of its own, and returns that folder."""

    def build_index(posts: Iterable[Mapping[str, Any] | str]) -> Path:
        folder = tmp_path_factory.mktemp("built")
        link_encoder(cache, folder / "index")
        semsearch.rebuild(write_corpus(folder / "corpus", posts), folder / "index")
        return folder / "index"

    return build_index


def link_encoder(cache: Path, index: Path) -> None:
    """Gives a new index the model that was exported already; its vectors stay its own."""
    (index / "cache").mkdir(parents=True, exist_ok=True)
    (index / "cache" / "encoders").symlink_to(cache / "encoders", target_is_directory=True)


@pytest.fixture(scope="session")
def demo_index(encoder: Encoder, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the project's own corpus. Tests only read it."""
    index = tmp_path_factory.mktemp("demo") / "index"
    link_encoder(cache, index)
    semsearch.rebuild(ROOT / "corpus", index)
    return index


@pytest.fixture(scope="session")
def demo(demo_index: Path) -> Iterator[Searcher]:
    searcher = semsearch.open(demo_index)
    yield searcher
    searcher.snapshot.close()


@pytest.fixture(scope="session")
def client(demo_index: Path) -> Iterator[TestClient]:
    """The service over the demo index."""
    with TestClient(service(index=demo_index)) as client:
        yield client


@pytest.fixture
def index(encoder: Encoder, cache: Path, tmp_path: Path) -> Path:
    """An index folder that has a model and no version yet."""
    link_encoder(cache, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs ``semsearch …`` in this process, in an empty folder, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("CORPUS", "INDEX", "MODEL", "CACHE", "CURATION", "RERANKER", "RERANK_BUDGET_MS"):
        monkeypatch.delenv(f"SEMSEARCH_{name}", raising=False)

    def run(*words: object) -> Outcome:
        monkeypatch.setattr("sys.argv", ["semsearch", *map(str, words)])
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        return Outcome(int(exit_.value.code or 0), captured.out, captured.err)

    return run
