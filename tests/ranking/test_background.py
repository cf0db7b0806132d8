from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from semsearch.ranking.background import run_in_background
from tests.builders import ROOT


def test_a_function_runs_on_another_thread() -> None:
    assert run_in_background(threading.get_ident).result() != threading.get_ident()


def test_an_exception_is_raised_by_result() -> None:
    with pytest.raises(ZeroDivisionError):
        run_in_background(divmod, 1, 0).result()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_its_own_threads() -> None:
    run_in_background(int).result()
    child = os.fork()
    if child == 0:
        os._exit(run_in_background(int, "7").result(timeout=20))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_function_runs_in_place_during_interpreter_shutdown() -> None:
    code = """
import threading, time
from semsearch.ranking.background import run_in_background
def late():
    threading.main_thread().join()
    print(run_in_background(int, "7").result())
threading.Thread(target=late).start()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert (done.stdout, done.returncode) == ("7\n", 0), done.stderr
