"""A rebuild for a test to kill in a process of its own: it says what it is doing, or dies by itself at a given step."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from semsearch.index import IndexFolder, versions
from semsearch.rebuilding import Progress, Stage, rebuild

STEPS: dict[str, tuple[object, str, int]] = {
    "written": (IndexFolder, "publish", 0),
    "renamed": (versions, "sync", 0),
    "new pointer beside the old one": (Path, "replace", 0),
    "pointer moved": (IndexFolder, "_prune", 0),
    "old versions moved out": (IndexFolder, "clear_building", 1),
}
"""What has just been done → the function that is called next, and how often it is called before that."""


def die_after(step: str) -> None:
    owner, name, calls = STEPS[step]
    function = getattr(owner, name)

    def die_or(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        if not calls:
            os.kill(os.getpid(), signal.SIGKILL)
        calls -= 1
        return function(*args, **kwargs)

    setattr(owner, name, die_or)


MOMENTS = (*(stage.name for stage in Stage), "SWITCH", "DONE")
"""What is told, in order. Within SWITCH the finished version is moved to its place, then the pointer to it."""


def tell(moment: str) -> None:
    print(moment, flush=True)  # noqa: T201  (a test reads it)


def tell_stage(progress: Progress) -> None:
    tell(progress.stage.name)


def tell_switch() -> None:
    publish = IndexFolder.publish

    def told(folder: IndexFolder, building: Path) -> None:
        tell("SWITCH")
        publish(folder, building)

    setattr(IndexFolder, "publish", told)  # noqa: B010  (a type checker refuses the plain assignment)


def main(corpus: Path, index: Path, step: str = "") -> None:
    tell_switch()
    if step:
        die_after(step)
    rebuild(corpus, index, on_progress=tell_stage)
    tell("DONE")
