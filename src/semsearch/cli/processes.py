"""The signals of the service, and the processes that it starts: they end with it, and not before."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Self

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_IGNORED = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU)
"""Signals that would end or stop a process although no one asks the service to stop. Tools for log files send the
first three; a terminal sends SIGHUP when it is closed, and the last two to a process in the background."""
_LAST_SECONDS = 30.0
"""What a process that lost its parent has for its requests in flight."""
_READY, _ALIVE = b"r", b"."


def is_in_terminal() -> bool:
    """Return whether the service was started in a terminal. The terminal sends SIGHUP when it is closed."""
    return sys.stdin is not None and sys.stdin.isatty()


class ServiceSignals:
    """The signals that ask the service to stop, as a file that becomes readable; others are ignored while it is open.

    SIGHUP asks only a service that was started in a terminal. There is nothing to be read again on SIGHUP: changes of
    files and of the index are noticed without it.
    """

    def __enter__(self) -> Self:
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._stopping = (*_STOPPING, *((signal.SIGHUP,) if is_in_terminal() else ()))
        self._wakeup = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        handlers = dict.fromkeys(_IGNORED, signal.SIG_IGN) | dict.fromkeys(self._stopping, lambda *_: None)
        self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()

    def fileno(self) -> int:
        """Return the file that becomes readable."""
        return self._read.fileno()

    def received(self) -> list[signal.Signals]:
        """Return the signals since the last call that ask the service to stop."""
        try:
            numbers = self._read.recv(1_024)
        except BlockingIOError:
            return []
        return [signal.Signals(number) for number in numbers if number in self._stopping]


class Lifeline:
    """A pipe that ends with this process, however it ends: nothing is written to it, and only this process could."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)

    def hold(self) -> None:
        """In a child: get SIGTERM as soon as the parent has ended, even if that was killed."""
        os.close(self._write)
        threading.Thread(target=self._stop_with_parent, daemon=True).start()

    def _stop_with_parent(self) -> None:
        os.read(self._read, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_LAST_SECONDS)
        os._exit(1)


class Report:
    """What a child tells its parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def ready(self) -> None:
        """Tell that it has started."""
        self._write(_READY)

    def alive(self) -> None:
        """Tell that it works. From the first time on, it must be told every few seconds."""
        self._write(_ALIVE)

    def _write(self, message: bytes) -> None:
        try:
            os.write(self._descriptor, message)
        except OSError:  # the parent has ended, which ends this process, or it is suspended
            return


class ChildProcess:
    """A process that is forked from this one, which must not have threads, and runs a function."""

    def __init__(self, name: str, run: Callable[[Report], None], lifeline: Lifeline) -> None:
        """Start it. Raises OSError, for example without memory."""
        self._reports, report = os.pipe()
        os.set_blocking(self._reports, False)
        os.set_blocking(report, False)
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_run, args=(run, Report(report), lifeline), name=name, daemon=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)  # the child would take them for its parent
        try:
            self._process.start()
        except OSError:
            os.close(self._reports)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            os.close(report)
        self.pid: int = self._process.pid or 0
        self.ready_at: float | None = None
        """When it told that it has started, by the monotonic clock."""
        self.is_beating = False
        """Whether it tells every few seconds that it works."""
        self.silent_ticks = 0
        """Ticks since its last message."""

    @property
    def files(self) -> tuple[int, int]:
        """The files that become readable when the process ends or tells something."""
        return self._process.sentinel, self._reports

    def read_reports(self) -> None:
        """Read what the process told."""
        try:
            messages = os.read(self._reports, 1_024)
        except BlockingIOError:
            return
        if messages:
            self.silent_ticks = 0
        if _READY in messages and self.ready_at is None:
            self.ready_at = time.monotonic()
        self.is_beating = self.is_beating or _ALIVE in messages

    @property
    def exit_code(self) -> int | None:
        """The exit code; if a signal ended the process, its negative number; None if it runs."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask the process to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End the process."""
        self._process.kill()

    def close(self) -> None:
        """Wait for the end of the process."""
        self._process.join()
        self._process.close()
        os.close(self._reports)


def _run(run: Callable[[Report], None], report: Report, lifeline: Lifeline) -> None:
    signal.set_wakeup_fd(-1)
    for number in (*_IGNORED, signal.SIGINT):  # Ctrl-C ends the parent, which ends this process
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    lifeline.hold()
    run(report)
