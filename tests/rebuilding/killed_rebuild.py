"""A rebuild without a model that a test kills in a process of its own: it prints its stages, or kills itself after a
given step."""

from __future__ import annotations

import importlib
import os
import signal
from pathlib import Path
from typing import Any

from semsearch.index import IndexFolder, versions
from semsearch.rebuilding import Progress, Stage
from tests.rebuilding.fakes import FakeEncoder

STEPS: dict[str, tuple[object, str, int]] = {
    "written": (IndexFolder, "publish", 0),
    "renamed": (versions, "sync", 0),
    "new pointer beside the old one": (Path, "replace", 0),
    "pointer moved": (IndexFolder, "_prune", 0),
    "old versions moved out": (IndexFolder, "clear_building", 1),
}
"""By the step that is done: the function that is called next, and the number of calls before that one."""


def die_after(step: str) -> None:
    owner, name, calls = STEPS[step]
    function = getattr(owner, name)

    def call_or_die(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        if not calls:
            os.kill(os.getpid(), signal.SIGKILL)
        calls -= 1
        return function(*args, **kwargs)

    setattr(owner, name, call_or_die)


MARKS = (*(stage.name for stage in Stage), "SWITCH", "DONE")
"""The lines that are printed, in order. After SWITCH the finished version and the pointer to it are moved."""


def print_mark(mark: str) -> None:
    print(mark, flush=True)  # noqa: T201  (a test reads it)


def print_stage(progress: Progress) -> None:
    print_mark(progress.stage.name)


def print_switch() -> None:
    publish = IndexFolder.publish

    def publish_with_mark(folder: IndexFolder, building: Path) -> None:
        print_mark("SWITCH")
        publish(folder, building)

    setattr(IndexFolder, "publish", publish_with_mark)  # noqa: B010  (a type checker refuses the plain assignment)


def main(corpus: Path, index: Path, step: str = "") -> None:
    print_switch()
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the package's own "rebuild" is the function
    setattr(module, "open_encoder", lambda *_, **__: FakeEncoder())  # noqa: B010
    if step:
        die_after(step)
    module.rebuild(corpus, index, on_progress=print_stage)
    print_mark("DONE")
