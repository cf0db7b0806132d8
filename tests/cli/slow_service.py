"""``semsearch serve`` whose workers never finish opening the index, even if they are interrupted once."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import Any

from semsearch.cli import main, workers
from tests.cli.empty_service import empty_app


def make_app_slowly(_: object) -> Any:
    logging.getLogger("semsearch").info("making the app")
    with contextlib.suppress(SystemExit):  # as a library may
        threading.Event().wait()
    return empty_app


setattr(workers, "_make_app", make_app_slowly)  # noqa: B010  (workers are forked)

if __name__ == "__main__":
    main()
