from __future__ import annotations

import errno
import os

import pytest

from semsearch.cli import supervisor
from semsearch.cli.supervisor import Supervisor, Task


def test_a_process_that_cannot_be_started_is_tried_again_before_the_service_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(supervisor, "ChildProcess", fail)
    monkeypatch.setattr(supervisor, "DELAYS", (0.0, 0.0))
    is_stopped: list[bool] = []
    service = Supervisor(
        [Task("worker", lambda _: None, serves=True)],
        on_ready=lambda: pytest.fail("it cannot serve"),
        on_stop=lambda: is_stopped.append(True),
        request_seconds=0,
    )
    with pytest.raises(SystemExit) as ended:
        service.run()
    assert (ended.value.code, is_stopped) == (1, [True])
    reason = "worker cannot be started (Resource temporarily unavailable)"
    assert [record.getMessage() for record in caplog.records] == [
        f"{reason}; it is started again",
        f"{reason}; it is started again",
        f"{reason}, 3 times in a row, so the service ends",
    ]
