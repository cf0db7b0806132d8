"""``semsearch serve`` whose workers are killed while they start."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

from semsearch.cli import main, supervisor, workers


def die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise NotImplementedError


setattr(workers, "_make_app", die)  # noqa: B010  (workers are forked)
setattr(supervisor, "DELAYS", (0.0, 1.0, 2.0))  # noqa: B010

if __name__ == "__main__":
    main()
