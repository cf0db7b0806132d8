from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from semsearch.ranking.background import beside
from tests.builders import ROOT


def test_work_is_done_on_another_thread() -> None:
    assert beside(threading.get_ident).result() != threading.get_ident()


def test_what_goes_wrong_is_raised_where_the_result_is_asked_for() -> None:
    with pytest.raises(ZeroDivisionError):
        beside(divmod, 1, 0).result()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_was_forked_has_threads_of_its_own() -> None:
    beside(int).result()
    child = os.fork()
    if child == 0:
        os._exit(beside(int, "7").result(timeout=20))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_thread_that_outlives_the_main_one_still_works() -> None:
    code = """
import threading, time
from semsearch.ranking.background import beside
def late():
    threading.main_thread().join()
    print(beside(int, "7").result())
threading.Thread(target=late).start()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert (done.stdout, done.returncode) == ("7\n", 0), done.stderr
