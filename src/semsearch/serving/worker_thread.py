"""A thread that runs tasks one after the other, tasks of priority first."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)

Task = Callable[[], object]


class WorkerThread:
    """A thread and its two queues of tasks. Thread-safe."""

    def __init__(self, name: str) -> None:
        self._priority_tasks: deque[Task] = deque()
        self._tasks: deque[Task] = deque()
        self._signals: SimpleQueue[bool] = SimpleQueue()
        """True for each task that was submitted, False for the end."""
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Task, *, priority: bool = False) -> None:
        """Run a task after those submitted before it; with ``priority``, before all tasks without it.

        What the task raises is logged. Raises RuntimeError after :meth:`stop`.
        """
        if self._is_stopped:
            raise RuntimeError(f"{self._thread.name} has ended")
        (self._priority_tasks if priority else self._tasks).append(task)
        self._signals.put(True)

    def stop(self) -> None:
        """Run the tasks that were submitted, then end the thread."""
        self._is_stopped = True
        self._signals.put(False)
        self._thread.join()

    def _run(self) -> None:
        while self._signals.get():
            task = (self._priority_tasks or self._tasks).popleft()
            try:
                task()
            except BaseException:  # a panic of a library, too: the next tasks belong to other requests
                log.exception("a task failed")
