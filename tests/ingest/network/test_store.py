from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.errors import CacheNotWritable
from semsearch.ingest.network.store import RESUME_SECONDS, Record, Role, Store, file_name
from tests.ingest.network.loopback import Site


def save(store: Store, url: str, content: bytes = b"x", role: Role = "page") -> Record:
    file = store.write(url, "pages", ".html", content)
    record = Record(url, role, store.run, store.run, 200, url, '"e"', None, "text/html", None, file)
    store.save(record)
    return record


def test_a_record_and_its_copy_are_there_after_opening_again(tmp_path: Path) -> None:
    with Store(tmp_path, 0.0) as store:
        record = save(store, "https://x.example/1", b"hello")

    with Store(tmp_path, 1.0) as store:
        assert store.find("https://x.example/1", "page") == record
        assert store.find("https://x.example/1", "listing") is None
        assert store.read(record) == b"hello"


def test_a_run_is_resumed_unless_it_ended_or_is_old(tmp_path: Path) -> None:
    runs = []
    for now, ends in ((0.0, False), (60.0, True), (120.0, False), (120.0 + RESUME_SECONDS, False), (0.0, False)):
        with Store(tmp_path, now) as store:
            runs.append(store.run)
            if ends:
                store.finish(set())

    assert runs == [1, 1, 2, 3, 4]  # the last clock runs backwards


def test_the_end_of_a_run_removes_what_was_not_kept_and_stray_files(tmp_path: Path) -> None:
    with Store(tmp_path, 0.0) as store:
        kept, gone = save(store, "https://x.example/1"), save(store, "https://x.example/2")
        (tmp_path / "pages" / "stray.html.new").write_bytes(b"half")

        removed = store.finish({(kept.url, "page")})

        assert removed == [gone.url]
        assert [file.name for file in (tmp_path / "pages").iterdir()] == [Path(str(kept.file)).name]
        assert store.find(gone.url, "page") is None


def test_a_copy_that_was_deleted_is_asked_for_without_a_condition(tmp_path: Path) -> None:
    with Store(tmp_path, 0.0) as store:
        record = save(store, "https://x.example/1")
        (tmp_path / str(record.file)).unlink()

        found = store.find(record.url, "page")

    assert found is not None
    assert (found.file, found.etag, found.run) == (None, None, 0)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(5_000)])
def test_a_damaged_database_is_built_anew(tmp_path: Path, content: bytes) -> None:
    with Store(tmp_path, 0.0) as store:
        save(store, "https://x.example/1")
    for file in tmp_path.glob("*.sqlite*"):
        file.write_bytes(content)

    with Store(tmp_path, 0.0) as store:
        assert store.records("page") == []
        save(store, "https://x.example/1")


def test_a_copy_that_cannot_be_written_is_an_error_and_keeps_the_earlier_one(tmp_path: Path) -> None:
    with Store(tmp_path, 0.0) as store:
        record = save(store, "https://x.example/1", b"old")
        (tmp_path / f"{record.file}.new").mkdir()

        with pytest.raises(CacheNotWritable, match="what was fetched so far is kept"):
            save(store, "https://x.example/1", b"new")

        assert store.read(record) == b"old"


def test_names_of_files_can_be_read_and_differ() -> None:
    names = [
        file_name(f"https://x.example/{path}")
        for path in ("", "2024/First-Post/", "2024/first-post/", "ü", "?a", "../../etc")
    ]

    assert names[1].startswith("2024-first-post-")
    assert names[5].startswith("etc-")
    assert len({name.lower() for name in names}) == len(names)
    assert all("/" not in name and len(name) < 100 for name in [*names, file_name("https://x.example/" + "a/" * 3_000)])


_FETCH = """
import os, signal, sys
from pathlib import Path
from semsearch.ingest.network import Limits, fetch_source

def kill(progress):
    if progress.done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

fetched = fetch_source(
    sys.argv[1], cache=Path(sys.argv[2]), allow_private=True, on_progress=kill, limits=Limits(pause=0)
)
print(len(fetched.documents))
"""


def test_a_killed_process_loses_nothing(site: Site, tmp_path: Path) -> None:
    site.sitemap(*(f"/{number}" for number in range(9)))
    for number in range(9):
        site.page(f"/{number}")
    outputs = [
        subprocess.run(
            [sys.executable, "-c", _FETCH, site.url + "/sitemap.xml", str(tmp_path), stop],
            capture_output=True, text=True, check=False, env=os.environ,
        )
        for stop in ("3", "6", "-1")
    ]  # fmt: skip

    assert [output.returncode for output in outputs] == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert outputs[-1].stdout == "9\n"
    assert site.paths == ["/sitemap.xml", *(f"/{number}" for number in range(9))]
