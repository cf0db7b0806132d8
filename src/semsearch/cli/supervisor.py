"""Keeps the processes of the service running: starts them, replaces those that end, and stops all of them.

This process does not open the index and loads no library for it: what kills a worker, such as SIGBUS after a mapped
file was truncated, does not kill the service. It only waits, so it needs no processor time and little memory.
"""

from __future__ import annotations

import logging
import math
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait

from semsearch.cli.processes import ChildProcess, Lifeline, Report, ServiceSignals

log = logging.getLogger(__name__)

DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before a process is started again, by how often it has ended in a row."""
_LONG_DELAY = 30.0
"""The same after that, if other workers serve meanwhile; else the service ends."""
_STABLE_SECONDS = 60.0
"""After which an end is the first in a row."""
_TICK_SECONDS = 5.0
_MAX_SILENT_TICKS = 6
"""Ticks, not seconds: after the service was suspended, all its processes have been silent for long."""
_GRACE_SECONDS = 10.0
"""What a worker has to end, besides the time for its requests in flight."""

_CAUSES = {
    signal.SIGBUS: "a file of the index or of an exported model that it had mapped was truncated or written over in "
    "place, or the disk fails; check the index with semsearch verify, and let tools replace files by renaming",
    signal.SIGKILL: "somebody killed it, or the system ran out of memory",
    **dict.fromkeys(
        (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGFPE),
        "a native library failed; check the index with semsearch verify",
    ),
}


@dataclass(frozen=True, slots=True)
class Task:
    """What a process of the service does."""

    name: str
    """Of the process, as log lines call it."""
    run: Callable[[Report], None]
    """Runs in the process."""
    serves: bool
    """Whether it handles requests; the service ends if no such process can run."""


class _Slot:
    """A task and the process that runs it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.due = 0.0
        """When its process is to be started, by the monotonic clock, if there is none."""
        self.child: ChildProcess | None = None
        self.failures = 0
        """How often the process has ended, or could not be started, in a row."""

    @property
    def is_serving(self) -> bool:
        return self.task.serves and self.child is not None and self.child.ready_at is not None


class Supervisor:
    """Runs tasks until a signal.

    Of the tasks that serve, the first starts alone: if it cannot open the index, the error is logged only once.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
        request_seconds: float,
    ) -> None:
        """``on_ready`` is called when the first worker serves, ``on_stop`` before the workers are asked to stop.

        ``request_seconds``: what a worker that stops has for its requests in flight.
        """
        self._slots = [_Slot(task) for task in tasks]
        for slot in [slot for slot in self._slots if slot.task.serves][1:]:
            slot.due = math.inf
        self._on_ready, self._on_stop = on_ready, on_stop
        self._stop_seconds = request_seconds + _GRACE_SECONDS
        self._has_started = False
        self._next_tick = time.monotonic() + _TICK_SECONDS

    def run(self) -> signal.Signals:
        """Run until a signal, and return it.

        Raises SystemExit with the exit code of the first worker if that does not start, and SystemExit(1) if no worker
        serves and one ends again and again. The reason is logged.
        """
        lifeline = Lifeline()
        with ServiceSignals() as signals:
            try:
                while not (received := signals.received()):
                    self._start(lifeline)
                    self._wait(signals)
                    for slot in self._slots:
                        self._look_after(slot)
            finally:
                self._stop(signals)
                lifeline.close()
        return received[0]

    def _start(self, lifeline: Lifeline) -> None:
        for slot in self._slots:
            if slot.child is None and slot.due <= time.monotonic():
                try:
                    slot.child = ChildProcess(slot.task.name, slot.task.run, lifeline)
                except OSError as error:
                    self._start_later(slot, f"{slot.task.name} cannot be started ({error.strerror})")

    def _wait(self, signals: ServiceSignals) -> None:
        """Wait for a signal, for the end or a report of a process, or until something is due."""
        until = min(self._next_tick, *(slot.due for slot in self._slots if slot.child is None), math.inf)
        files = [file for slot in self._slots if slot.child for file in slot.child.files]
        wait([signals.fileno(), *files], max(0.0, until - time.monotonic()))
        if time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + _TICK_SECONDS
            for slot in self._slots:
                if slot.child is not None and slot.child.is_beating:
                    slot.child.silent_ticks += 1

    def _look_after(self, slot: _Slot) -> None:
        if slot.child is None:
            return
        slot.child.read_reports()
        if slot.child.silent_ticks >= _MAX_SILENT_TICKS:
            log.error("%s %d does not respond; it is killed", slot.task.name, slot.child.pid)
            slot.child.kill()
            slot.child.silent_ticks = 0
        if slot.is_serving and not self._has_started:
            self._has_started = True
            self._on_ready()
            for other in self._slots:
                other.due = min(other.due, time.monotonic())
        if slot.child.exit_code is not None:
            self._replace(slot, slot.child, slot.child.exit_code)

    def _replace(self, slot: _Slot, child: ChildProcess, code: int) -> None:
        """Start a process that has ended again, perhaps later. Raises SystemExit if it cannot be started."""
        child.close()
        slot.child = None
        if code > 0 and slot.task.serves and not self._has_started:
            raise SystemExit(code)  # it has logged why
        if child.ready_at is not None and time.monotonic() - child.ready_at >= _STABLE_SECONDS:
            slot.failures = 0
        self._start_later(slot, f"{slot.task.name} {child.pid} {_end_of(code)}")

    def _start_later(self, slot: _Slot, what: str) -> None:
        """Let a process be started again after a failure. Raises SystemExit if it failed too often.

        ``what``: the failure, for the log.
        """
        slot.failures += 1
        if slot.failures <= len(DELAYS):
            delay = DELAYS[slot.failures - 1]
        elif not slot.task.serves or any(other.is_serving for other in self._slots):
            delay = _LONG_DELAY
        else:
            log.error("%s, %d times in a row, so the service ends", what, slot.failures)
            raise SystemExit(1)
        log.error("%s; it is started again%s", what, f" in {delay:g} s" if delay else "")
        slot.due = time.monotonic() + delay

    def _stop(self, signals: ServiceSignals) -> None:
        """Let all processes end; kill those that take too long, and all after a second Ctrl-C."""
        self._on_stop()
        children = [slot.child for slot in self._slots if slot.child]
        for child in children:
            child.terminate()
        deadline = time.monotonic() + self._stop_seconds
        running = children
        while running and time.monotonic() < deadline and signal.SIGINT not in signals.received():
            wait([signals.fileno(), *(child.files[0] for child in running)], deadline - time.monotonic())
            running = [child for child in running if child.exit_code is None]
        for child in running:
            log.error("process %d is killed before its requests are completed", child.pid)
            child.kill()
        for child in children:
            child.close()


def _end_of(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    number = signal.Signals(-code) if -code in set(signal.Signals) else None
    name = number.name if number else f"signal {-code}"
    cause = _CAUSES.get(number) if number else None
    return f"was ended by {name} ({cause})" if cause else f"was ended by {name}"
