from __future__ import annotations

import pytest

from tests.browsers import NO_CHROMIUM

pytest_plugins = "pytester"

SUITE = """
import pytest

@pytest.fixture(scope="session")
def browser():
    pytest.skip({reason!r})

def test_one(browser): pass
def test_two(browser): pass
def test_three(): pytest.skip("another reason")
def test_four(): pass
"""


@pytest.fixture
def run_suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder whose runs have the summary of this project."""
    pytester.makeconftest("from tests.browsers import pytest_terminal_summary\n__all__ = ['pytest_terminal_summary']\n")
    return pytester


def run(pytester: pytest.Pytester, reason: str) -> list[str]:
    """The last lines of a run in which two tests are skipped for this reason."""
    pytester.makepyfile(SUITE.format(reason=reason))
    result = pytester.runpytest_inprocess("-ra")
    result.assert_outcomes(passed=1, skipped=3)
    return list(result.outlines[-3:])


def test_a_run_without_chromium_ends_with_the_number_of_skipped_browser_tests(run_suite: pytest.Pytester) -> None:
    *_, line, totals = run(run_suite, NO_CHROMIUM)
    assert line == "no Chromium: 2 browser tests were skipped; install chromium or set CHROMIUM"
    assert "1 passed, 3 skipped" in totals


def test_a_run_without_skipped_browser_tests_says_nothing_of_chromium(run_suite: pytest.Pytester) -> None:
    assert "Chromium" not in "".join(run(run_suite, "some other reason"))
