"""Cross-site scripting payloads, and a way to notice that one ran."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page

from tests.builders import SHARED

_FILE = SHARED / "bad_inputs/xss/xss-payload-list.txt"
needs_payloads = pytest.mark.skipif(not _FILE.exists(), reason="the hostile inputs are not part of the project")


def payloads() -> list[str]:
    """Return every fifth distinct payload. Most are the same handlers on other elements, which we escape alike."""
    lines = _FILE.read_text(encoding="utf-8", errors="replace").split("\n")
    return list(dict.fromkeys(line for line in lines if line.strip()))[::5]


def dialogs(page: Page) -> list[str]:
    """Return a list that collects the dialogs of the page. Nearly all payloads open one."""
    ran: list[str] = []

    def opened(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    return ran
