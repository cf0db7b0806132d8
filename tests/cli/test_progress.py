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
from semsearch.cli.progress import shown
from semsearch.index import IndexFolder
from semsearch.rebuilding import Progress, Stage
from tests.builders import ROOT, raw_post, write_corpus

STOPPED = "semsearch: stopped; nothing new was published, and what was embedded is kept for the next run\n"


class FakeTime:
    """Goes on when told to."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(progress_module, "time", fake)
    return fake


Printed = Callable[..., list[str]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """The lines that some progress leaves where nobody watches."""

    def print_all(*told: Progress) -> list[str]:
        with shown() as on_progress:
            for progress in told:
                on_progress(progress)
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err.splitlines()

    return print_all


# --- plain lines ------------------------------------------------------------------------------------------------------


def test_a_line_has_the_stage_alone_before_there_is_a_post(printed: Printed) -> None:
    assert printed(Progress(Stage.MODEL), Progress(Stage.POSTS, seconds=2.0)) == [
        "loading the model",
        "reading and embedding posts",
    ]


def test_a_line_counts_with_what_is_done_a_second_and_what_is_left(printed: Printed) -> None:
    assert printed(Progress(Stage.POSTS, 4_096, 4_000, 96, share=0.25, seconds=5.12)) == [
        "reading and embedding posts: 4,096 posts, 800 a second, 4,000 embedded, 96 reused, 0:15 left"
    ]


def test_a_line_says_nothing_of_what_nobody_knows(printed: Printed) -> None:
    assert printed(Progress(Stage.POSTS, 7, 7, 0)) == ["reading and embedding posts: 7 posts, 7 embedded, 0 reused"]


def test_posts_a_second_are_of_the_stage_that_reads_posts(printed: Printed) -> None:
    assert printed(Progress(Stage.VECTORS, 1_000, 900, 100, seconds=2.0)) == [
        "indexing vectors: 1,000 posts, 900 embedded, 100 reused"
    ]


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0.4, "0:00"), (5, "0:05"), (59.6, "1:00"), (65, "1:05"), (3_599.6, "1:00:00"), (3_723, "1:02:03")],
)
def test_what_is_left_is_told_as_a_clock_tells_it(printed: Printed, seconds: float, left: str) -> None:
    (line,) = printed(Progress(Stage.POSTS, 1, share=0.5, seconds=seconds))
    assert line.endswith(f", {left} left")


def test_a_stage_has_a_line_each_half_minute_at_most(clock: FakeTime, printed: Printed) -> None:
    with shown() as on_progress:
        for second in range(100):
            clock.now = 1_000.0 + second
            on_progress(Progress(Stage.POSTS, second + 1))
    lines = printed()
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == ["1", "31", "61", "91"]


def test_a_new_stage_has_a_line_at_once(clock: FakeTime, printed: Printed) -> None:
    lines = printed(*(Progress(stage) for stage in Stage for _ in range(3)))
    assert lines == [stage.value for stage in Stage]


# --- on a terminal ----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """What a terminal was sent."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Of 120 columns."""
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "COLORTERM", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def show(terminal: Terminal, *told: Progress, end: type[BaseException] | None = None) -> str:
    """What a terminal is sent for some progress that perhaps ends with an error, after the last name of a stage."""
    with redirect_stderr(terminal), shown() as on_progress:
        for progress in told:
            on_progress(progress)
        if end:
            raise end
    return terminal.getvalue().rsplit(told[-1].stage.value, 1)[1]


ERASED, CURSOR, UNDONE = "\x1b[2K", "\x1b[?25h", "38;5;237"


def test_a_terminal_shows_one_line_and_leaves_none(terminal: Terminal) -> None:
    last = show(terminal, Progress(Stage.MODEL), Progress(Stage.POSTS, 4_096, 4_000, 96, share=0.25, seconds=5.12))
    assert "4,096 posts, 800 a second, 4,000 embedded, 96 reused, 0:15 left" in last
    assert last.index("left") < last.rindex(ERASED)
    assert CURSOR in last


def test_a_terminal_shows_a_bar_as_long_as_what_is_done(terminal: Terminal) -> None:
    lengths = []
    for share in (0.0, 0.25, 0.5, 1.0):
        last = show(terminal, Progress(Stage.POSTS, 10, share=share, seconds=1.0))
        parts = re.findall(r"\x1b\[([\d;]+)m(━+)", last.split("10 posts")[0])  # colour and length
        lengths.append(sum(len(bar) for colour, bar in parts if colour != UNDONE))
    assert lengths == [0, 5, 10, 20], parts


def test_a_terminal_is_in_order_again_after_ctrl_c(terminal: Terminal) -> None:
    with pytest.raises(SystemExit) as raised:
        show(terminal, Progress(Stage.POSTS, 10), end=KeyboardInterrupt)
    assert raised.value.code == 130
    assert terminal.getvalue().endswith(STOPPED)
    assert CURSOR in terminal.getvalue()


def test_a_rebuild_in_a_terminal_shows_what_it_does_and_prints_its_report(index: Path, tmp_path: Path) -> None:
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
        with suppress(OSError):  # so a pseudo terminal ends
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


def test_ctrl_c_ends_with_its_own_code_and_says_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised, shown():
        raise KeyboardInterrupt
    assert raised.value.code == 130
    assert capsys.readouterr().err == STOPPED


def test_other_errors_go_through(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="other"), shown():
        raise ValueError("other")
    assert capsys.readouterr().err == ""


# Ctrl-C is ignored by what a shell runs in the background, as these tests may be.
_COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from semsearch.cli import main; main()"
)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems signal in this way")
def test_ctrl_c_in_the_middle_of_embedding_keeps_the_old_version_and_what_was_embedded(
    index: Path, tmp_path: Path
) -> None:
    old = semsearch.rebuild(write_corpus(tmp_path / "old", [raw_post("a")]), index).version
    (vectors,) = (index / "cache" / "vectors").glob("*.vectors")
    posts = [raw_post(f"p{number}", teaser=f"{number} walruses drink tea " * 20) for number in range(100)]
    corpus = write_corpus(tmp_path / "new", posts)
    words = [sys.executable, "-c", _COMMAND, "rebuild", "--corpus", str(corpus), "--index", str(index)]
    before, deadline = vectors.stat().st_size, time.monotonic() + 60
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while vectors.stat().st_size == before and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.endswith(STOPPED)
    assert "Traceback" not in err
    folder = IndexFolder(index)
    assert (folder.current(), folder.names()) == (old, [old])
    with closing(folder.open()) as snapshot:
        assert snapshot.documents.ids() == ["a"]
    assert not (index / "building").exists()
    report = semsearch.rebuild(corpus, index)
    assert 0 < report.reused < 100
    assert report.reused + report.embedded == 100
