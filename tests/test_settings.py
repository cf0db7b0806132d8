from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import InvalidSetting
from semsearch.model_card import BUILT_IN
from semsearch.settings import read_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CORPUS", "INDEX", "MODEL", "CACHE", "HOST", "PORT", "POLL_SECONDS"):
        monkeypatch.delenv(f"SEMSEARCH_{name}", raising=False)


def test_defaults_are_the_folders_of_a_checkout() -> None:
    settings = read_settings()
    assert (settings.corpus, settings.index, settings.model) == (Path("corpus"), Path("index"), BUILT_IN)
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_the_environment_comes_before_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_INDEX", "elsewhere")
    monkeypatch.setenv("SEMSEARCH_PORT", "9000")
    settings = read_settings()
    assert (settings.index, settings.port) == (Path("elsewhere"), 9000)


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_PORT", "")
    assert read_settings().port == 8000


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("PORT", "70000"), ("POLL_SECONDS", "0")])
def test_a_value_that_cannot_be_used_names_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SEMSEARCH_{name}", value)
    with pytest.raises(InvalidSetting, match=f"^SEMSEARCH_{name}: ") as caught:
        read_settings()
    assert caught.value.variable == f"SEMSEARCH_{name}"
