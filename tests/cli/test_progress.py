from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, redirect_stderr, suppress
from pathlib import Path

import pytest

import semsearch
from semsearch.cli import progress as progress_module
from semsearch.cli.progress import progress_display
from semsearch.index import IndexFolder
from semsearch.rebuilding import Progress, Stage
from tests.builders import ROOT, raw_post, write_corpus
from tests.encoding.named_vectors import number_stored

INTERRUPTED_MESSAGE = (
    "semsearch: stopped; nothing new was published, and the vectors made so far are kept in the cache\n"
)


class FakeClock:
    """A clock that tests set."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    fake = FakeClock()
    monkeypatch.setattr(progress_module, "time", fake)
    return fake


PrintLines = Callable[..., list[str]]


@pytest.fixture
def print_lines(capsys: pytest.CaptureFixture[str]) -> PrintLines:
    """Return a function that reports progress without a terminal and returns the printed lines."""

    def print_all(*told: Progress) -> list[str]:
        with progress_display() as on_progress:
            for progress in told:
                on_progress(progress)
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err.splitlines()

    return print_all


# --- plain lines ------------------------------------------------------------------------------------------------------


def test_a_line_has_only_the_stage_before_the_first_post(print_lines: PrintLines) -> None:
    assert print_lines(Progress(Stage.MODEL), Progress(Stage.POSTS, seconds=2.0)) == [
        "loading the model",
        "embedding posts",
    ]


def test_a_line_has_counts_speed_and_remaining_time(print_lines: PrintLines) -> None:
    assert print_lines(Progress(Stage.POSTS, 4_096, 4_000, 96, share=0.25, seconds=5.12)) == [
        "embedding posts: 4,096 posts, 800 a second, 4,000 embedded, 96 reused, 0:15 left"
    ]


def test_nothing_is_embedded_while_posts_are_read(print_lines: PrintLines) -> None:
    assert print_lines(Progress(Stage.READ, 100, share=0.5, seconds=2.0)) == [
        "reading posts: 100 posts, 50 a second, 0:02 left"
    ]


def test_a_line_leaves_out_unknown_values(print_lines: PrintLines) -> None:
    assert print_lines(Progress(Stage.POSTS, 7, 7, 0)) == ["embedding posts: 7 posts, 7 embedded, 0 reused"]


def test_speed_is_printed_only_while_reading_posts(print_lines: PrintLines) -> None:
    assert print_lines(Progress(Stage.VECTORS, 1_000, 900, 100, seconds=2.0)) == [
        "indexing vectors: 1,000 posts, 900 embedded, 100 reused"
    ]


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0.4, "0:00"), (5, "0:05"), (59.6, "1:00"), (65, "1:05"), (3_599.6, "1:00:00"), (3_723, "1:02:03")],
)
def test_remaining_time_is_formatted_as_a_clock(print_lines: PrintLines, seconds: float, left: str) -> None:
    (line,) = print_lines(Progress(Stage.POSTS, 1, share=0.5, seconds=seconds))
    assert line.endswith(f", {left} left")


def test_a_stage_prints_at_most_one_line_in_30_seconds(clock: FakeClock, print_lines: PrintLines) -> None:
    with progress_display() as on_progress:
        for second in range(100):
            clock.now = 1_000.0 + second
            on_progress(Progress(Stage.POSTS, second + 1))
    lines = print_lines()
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == ["1", "31", "61", "91"]


def test_a_new_stage_prints_a_line_at_once(clock: FakeClock, print_lines: PrintLines) -> None:
    lines = print_lines(*(Progress(stage) for stage in Stage for _ in range(3)))
    assert lines == [stage.value for stage in Stage]


# --- on a terminal ----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of 120 columns."""
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "COLORTERM", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def show(terminal: Terminal, *told: Progress, end: type[BaseException] | None = None) -> str:
    """Report progress to a terminal, raise ``end`` if given, and return the output after the last stage name."""
    with redirect_stderr(terminal), progress_display() as on_progress:
        for progress in told:
            on_progress(progress)
        if end:
            raise end
    return terminal.getvalue().rsplit(told[-1].stage.value, 1)[1]


ERASED, CURSOR, UNDONE = "\x1b[2K", "\x1b[?25h", "38;5;237"


def test_a_terminal_shows_one_line_and_erases_it_at_the_end(terminal: Terminal) -> None:
    last = show(terminal, Progress(Stage.MODEL), Progress(Stage.POSTS, 4_096, 4_000, 96, share=0.25, seconds=5.12))
    assert "4,096 posts, 800 a second, 4,000 embedded, 96 reused, 0:15 left" in last
    assert last.index("left") < last.rindex(ERASED)
    assert CURSOR in last


def test_the_length_of_the_bar_is_the_share_done(terminal: Terminal) -> None:
    lengths = []
    for share in (0.0, 0.25, 0.5, 1.0):
        last = show(terminal, Progress(Stage.POSTS, 10, share=share, seconds=1.0))
        parts = re.findall(r"\x1b\[([\d;]+)m(━+)", last.split("10 posts")[0])  # colour and length
        lengths.append(sum(len(bar) for colour, bar in parts if colour != UNDONE))
    assert lengths == [0, 5, 10, 20], parts


def test_ctrl_c_restores_the_terminal(terminal: Terminal) -> None:
    with pytest.raises(SystemExit) as raised:
        show(terminal, Progress(Stage.POSTS, 10), end=KeyboardInterrupt)
    assert raised.value.code == 130
    assert terminal.getvalue().endswith(INTERRUPTED_MESSAGE)
    assert CURSOR in terminal.getvalue()


def test_a_rebuild_in_a_terminal_shows_progress_and_prints_its_report(index: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    corpus = write_corpus(tmp_path / "corpus", [raw_post(f"p{number}") for number in range(20)])
    master, slave = pty.openpty()
    words = ["rebuild", "--corpus", str(corpus), "--index", str(index)]
    with subprocess.Popen(
        [sys.executable, "-m", "semsearch", *words],
        cwd=tmp_path,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    ) as process:
        os.close(slave)
        sent = b""
        with suppress(OSError):  # the end of a pseudo-terminal is an OSError
            while part := os.read(master, 65_536):
                sent += part
        out = process.stdout.read() if process.stdout else ""
    os.close(master)
    assert process.returncode == 0
    assert "checking and publishing" in sent.decode()
    assert "20 posts, 20 embedded, 0 reused" in sent.decode()
    assert IndexFolder(index).current() in out
    assert "\x1b" not in out


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def test_ctrl_c_exits_with_130_and_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised, progress_display():
        raise KeyboardInterrupt
    assert raised.value.code == 130
    assert capsys.readouterr().err == INTERRUPTED_MESSAGE


def test_other_exceptions_propagate(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="other"), progress_display():
        raise ValueError("other")
    assert capsys.readouterr().err == ""


# Shells make background processes ignore Ctrl-C, and these tests may run in the background.
_COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from semsearch.cli import main; main()"
)


def test_ctrl_c_while_encoding_keeps_the_old_version_and_the_cached_vectors(index: Path, tmp_path: Path) -> None:
    old = semsearch.rebuild(write_corpus(tmp_path / "old", [raw_post("a")]), index).version
    (vectors,) = (index / "cache" / "vectors").glob("*.sqlite")
    posts = [raw_post(f"p{number}", teaser=f"{number} walruses drink tea " * 20) for number in range(100)]
    corpus = write_corpus(tmp_path / "new", posts)
    words = [sys.executable, "-c", _COMMAND, "rebuild", "--corpus", str(corpus), "--index", str(index)]
    before, deadline = number_stored(vectors), time.monotonic() + 60
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while number_stored(vectors) == before and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.endswith(INTERRUPTED_MESSAGE)
    assert "Traceback" not in err
    folder = IndexFolder(index)
    assert (folder.current(), folder.names()) == (old, [old])
    with closing(folder.open()) as snapshot:
        assert snapshot.documents.ids() == ["a"]
    assert not (index / "building").exists()
    report = semsearch.rebuild(corpus, index)
    assert 0 < report.reused < 100
    assert report.reused + report.embedded == 100
