"""Run a function in a process of its own under strace, which records its system calls or lets them fail."""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import SemsearchError
from tests.forked import ForkedProcess

_PR_SET_PTRACER, _ANY = 0x59616D61, ctypes.c_ulong(-1)
ERROR, DEFECT = 3, 70
"""Exit statuses: after an error of semsearch, and after any other exception."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int | None
    output: str
    """What it printed: the error, if there was one."""


@functools.cache
def why_not() -> str | None:
    """Return why processes cannot be traced here; None if they can."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run([strace, "-e", "trace=none", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"strace cannot trace processes here: {tried.stderr.strip()}"


def run(folder: Path, job: Callable[..., None], *arguments: object, strace: Sequence[str] = ()) -> Ended:
    """Run a job in a new process, with these options of strace. ``folder``: an existing one for temporary files."""
    go = folder / "go"
    os.mkfifo(go)
    process = ForkedProcess(_run_when_told, go, job, *arguments)
    number = process.stdout.readline().strip()
    tracer = _attach(number, strace) if strace else None
    with go.open("w"):
        pass
    output, code = process.end()
    if tracer:
        tracer.communicate()
    go.unlink()
    return Ended(code, output)


def _attach(process: str, options: Sequence[str]) -> subprocess.Popen[str]:
    tracer = subprocess.Popen(["strace", "-f", *options, "-p", process], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    assert "attached" in said, said
    return tracer


def _run_when_told(go: Path, job: Callable[..., None], *arguments: object) -> None:
    if sys.platform == "linux":  # where only parents may trace, unless a process allows others
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
    print(os.getpid(), flush=True)  # noqa: T201  (the test reads it)
    go.read_bytes()
    try:
        job(*arguments)
    except SemsearchError as error:
        _print(str(error))
        os._exit(ERROR)
    except BaseException as error:  # noqa: BLE001  (all others are defects)
        _print(f"{type(error).__name__}: {error}")
        os._exit(DEFECT)


def _print(line: str) -> None:
    """Print by a system call that no test lets fail."""
    os.writev(1, [f"{line}\n".encode()])
