"""What attacks a page, and what it did if it could."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page

from tests.builders import SHARED

_FILE = SHARED / "bad_inputs/xss/xss-payload-list.txt"
needs_payloads = pytest.mark.skipif(not _FILE.exists(), reason="the hostile inputs are kept outside the project")


def payloads() -> list[str]:
    """Each once."""
    lines = _FILE.read_text(encoding="utf-8", errors="replace").split("\n")
    return list(dict.fromkeys(line for line in lines if line.strip()))


def dialogs(page: Page) -> list[str]:
    """What opens by a script that was smuggled in: nearly all payloads show a box of the browser."""
    ran: list[str] = []

    def opened(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    return ran
