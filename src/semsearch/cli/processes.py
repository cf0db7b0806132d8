"""Signals to the service, and the processes that belong to it: they end with it, and not before."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading

_LEFT_TO_PARENT = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that would end a process although no one asks the service to stop: a terminal or a tool for log files sends
them to every process."""


def is_in_terminal() -> bool:
    """Return whether the service was started in a terminal. The terminal sends SIGHUP when it is closed."""
    return sys.stdin is not None and sys.stdin.isatty()


def handle_signals_of_service() -> None:
    """Let SIGTERM end this process cleanly, and SIGHUP too if it comes from a terminal; ignore SIGHUP otherwise.

    There is nothing to be read again on SIGHUP: changes of files and of the index are noticed without it.
    """
    # uvicorn repeats SIGTERM after a clean shutdown; the default action would leave temporary files behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _ignore()
    if is_in_terminal():
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def belong_to_parent() -> None:
    """Let this process end by SIGTERM as soon as its parent has ended, even if that was killed, and ignore signals that
    are for the parent."""
    _ignore()
    threading.Thread(target=_stop_with_parent, daemon=True).start()


def _ignore() -> None:
    for number in _LEFT_TO_PARENT:
        signal.signal(number, signal.SIG_IGN)


def _stop_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
