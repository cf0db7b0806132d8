from __future__ import annotations

import functools
import gc
import logging
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

import semsearch
import semsearch.edited.watched_file
from semsearch.cli import main
from semsearch.encoding import Encoder, open_encoder, opening
from semsearch.encoding.models import resolve_model
from semsearch.model_card import BUILT_IN
from semsearch.search import Searcher
from tests.browsers import pytest_terminal_summary
from tests.builders import ROOT, Command, CommandResult, service, write_corpus
from tests.scheduling import pytest_collection, pytest_collection_modifyitems, pytest_xdist_make_scheduler

# pytest finds its hooks in this module
__all__ = [
    "pytest_collection",
    "pytest_collection_modifyitems",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]

# Without deadlines, since tests run in parallel and timings vary.
hypothesis.settings.register_profile("repeatable", max_examples=50, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("exploring", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def watched_files_are_always_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the interval between checks, so that tests need not wait after changing a file."""
    monkeypatch.setattr(semsearch.edited.watched_file, "MIN_CHECK_INTERVAL_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def process_state_is_restored() -> Iterator[None]:
    """Restore what the command ``serve`` changes in its process, which is also that of the tests that follow: the
    level and the formatters of the root logger, the handler of SIGTERM, and the garbage collector."""
    root, threshold = logging.getLogger(), gc.get_threshold()
    level, formatters = root.level, [(handler, handler.formatter) for handler in root.handlers]
    on_sigterm = signal.getsignal(signal.SIGTERM)
    yield
    root.setLevel(level)
    for handler, formatter in formatters:
        handler.setFormatter(formatter)
    if signal.getsignal(signal.SIGTERM) is not on_sigterm:
        signal.signal(signal.SIGTERM, on_sigterm)
    if gc.get_threshold() != threshold:  # counting the frozen objects would take longer than most tests
        gc.unfreeze()
        gc.set_threshold(*threshold)


@pytest.fixture(scope="session", autouse=True)
def fsync_is_skipped() -> Iterator[None]:
    """Skip fsync, which takes most of the time of some tests; no test can check the survival of a power failure."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def cache(request: pytest.FixtureRequest) -> Path:
    """The folder of exported models, kept between runs: exporting takes ten seconds, opening a quarter of a second."""
    config: pytest.Config = request.config
    assert config.cache is not None
    return config.cache.mkdir("semsearch").resolve()  # the paths of opened models are compared with it


@pytest.fixture(scope="session", autouse=True)
def share_opened_models(cache: Path) -> Iterator[None]:
    """Open each model of the cache once: opening it and its first queries take longer than most tests."""
    open_export = opening._open_export
    opened: dict[tuple[Path, str], Encoder | None] = {}
    built_in = functools.cache(lambda: resolve_model(BUILT_IN))

    def open_once(folder: Path, name: str, *others: Any, measure: bool) -> Encoder | None:
        path = folder.resolve()
        if path.parent != cache / "encoders" or opened.get((path, name)) is None:
            opened[path, name] = open_export(folder, name, *others, measure=measure)
        return opened[path, name]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "resolve_model", lambda name: built_in() if name == BUILT_IN else resolve_model(name))
        patched.setattr(opening, "_open_export", open_once)
        yield


@pytest.fixture(scope="session")
def encoder(cache: Path) -> Encoder:
    """The built-in model, exported once even if several test processes need it at the same time."""
    with FileLock(cache / "export.lock"):
        return open_encoder(cache=cache)


@pytest.fixture(scope="session")
def build(
    encoder: Encoder, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Iterable[Mapping[str, Any] | str]], Path]:
    """A function that builds an index of raw posts in a new folder and returns the folder."""

    def build_index(posts: Iterable[Mapping[str, Any] | str]) -> Path:
        folder = tmp_path_factory.mktemp("built")
        link_encoder(cache, folder / "index")
        semsearch.rebuild(write_corpus(folder / "corpus", posts), folder / "index")
        return folder / "index"

    return build_index


def link_encoder(cache: Path, index: Path) -> None:
    """Let a new index use the exported models of ``cache``. It has its own cache of vectors."""
    (index / "cache").mkdir(parents=True, exist_ok=True)
    (index / "cache" / "encoders").symlink_to(cache / "encoders", target_is_directory=True)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its test processes share."""
    folder = tmp_path_factory.getbasetemp()
    return (
        folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    )  # each worker has a folder in that of the run


@pytest.fixture(scope="session")
def demo_index(encoder: Encoder, cache: Path, shared_folder: Path) -> Path:
    """An index of the demo corpus, built by the first test process that needs it. Tests must not change it."""
    index = shared_folder / "demo" / "index"
    index.mkdir(parents=True, exist_ok=True)
    with FileLock(shared_folder / "demo" / "build.lock"):
        if not (index / "CURRENT").exists():
            link_encoder(cache, index)
            semsearch.rebuild(ROOT / "corpus", index)
    return index


@pytest.fixture(scope="session")
def demo(demo_index: Path) -> Iterator[Searcher]:
    """A searcher over the demo index."""
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
    """An index folder with an exported model and without versions."""
    link_encoder(cache, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """A function that runs ``semsearch …`` in this process, in an empty folder, without environment settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("CORPUS", "INDEX", "MODEL", "CACHE", "CURATION", "RERANKER", "RERANK_BUDGET_MS"):
        monkeypatch.delenv(f"SEMSEARCH_{name}", raising=False)

    def run(*arguments: object) -> CommandResult:
        monkeypatch.setattr("sys.argv", ["semsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        return CommandResult(int(exit_.value.code or 0), captured.out, captured.err)

    return run
