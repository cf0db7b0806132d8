from __future__ import annotations

from pathlib import Path

from semsearch.index.boilerplate import Boilerplate, read_boilerplate, write_boilerplate


def test_what_was_written_is_read(tmp_path: Path) -> None:
    found = (Boilerplate("Zeile eins\nund „zwei“ 🫖.", 44, "ä"), Boilerplate("Please donate.", 7, "b"))
    write_boilerplate(tmp_path, found)
    assert read_boilerplate(tmp_path) == found
