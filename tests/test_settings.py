from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import InvalidSetting
from semsearch.model_card import BUILT_IN
from semsearch.settings import PREFIX, Settings, read_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def test_defaults_are_the_folders_of_a_checkout() -> None:
    settings = read_settings()
    assert (settings.corpus, settings.index, settings.model) == (Path("corpus"), Path("index"), BUILT_IN)
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.reranker, settings.rerank_budget_ms) == (None, 300.0)
    assert (settings.workers, settings.log_format, settings.log_queries) == (1, "text", False)


def test_environment_overrides_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_INDEX", "elsewhere")
    monkeypatch.setenv("SEMSEARCH_PORT", "9000")
    settings = read_settings()
    assert (settings.index, settings.port) == (Path("elsewhere"), 9000)
    monkeypatch.setenv("SEMSEARCH_RERANKER", "models/cross")
    monkeypatch.setenv("SEMSEARCH_RERANK_BUDGET_MS", "50")
    settings = read_settings()
    assert (settings.reranker, settings.rerank_budget_ms) == ("models/cross", 50.0)


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_PORT", "")
    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("POLL_SECONDS", "0"),
        ("RERANK_BUDGET_MS", "0"),
        ("RERANK_BUDGET_MS", "-1"),
        ("RERANK_BUDGET_MS", "60001"),
        ("RERANK_BUDGET_MS", "nan"),
        ("RERANK_BUDGET_MS", "soon"),
        ("HOSTS", "https://example.org"),
        ("HOSTS", "example.org:443"),
        ("HOSTS", "*"),
        ("ORIGINS", "example.org"),
        ("ORIGINS", "https://example.org/"),
        ("ORIGINS", "*"),
        ("RATE_PER_MINUTE", "-1"),
        ("WORKERS", "0"),
        ("WORKERS", "65"),
        ("LOG_FORMAT", "xml"),
        ("LOG_QUERIES", "perhaps"),
    ],
)
def test_invalid_value_names_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SEMSEARCH_{name}", value)
    with pytest.raises(InvalidSetting, match=f"^SEMSEARCH_{name}: ") as caught:
        read_settings()
    assert caught.value.variable == f"SEMSEARCH_{name}"
    assert "Value error" not in str(caught.value)


def test_curation_is_beside_the_posts_unless_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.touch()
    for corpus, file in (
        (tmp_path, tmp_path / "curation.yaml"),
        (posts, tmp_path / "curation.yaml"),
        (tmp_path / "later", tmp_path / "later/curation.yaml"),  # not there yet: a folder, as the default is
    ):
        assert Settings(corpus=corpus).curation_file == file
    assert Settings().curation_file == Path("corpus/curation.yaml")
    monkeypatch.setenv("SEMSEARCH_CURATION", str(tmp_path / "pins.yml"))
    assert read_settings().curation_file == tmp_path / "pins.yml"


def test_variable_may_have_several_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_HOSTS", "Example.org, www.example.org ::1")
    monkeypatch.setenv("SEMSEARCH_ORIGINS", "https://example.org http://localhost:3000")
    settings = read_settings()
    assert settings.allowed_hosts == {"example.org", "www.example.org", "::1"}
    assert settings.origins == ("https://example.org", "http://localhost:3000")


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        ({}, {"localhost", "127.0.0.1", "::1"}),
        ({"host": "::1"}, {"localhost", "127.0.0.1", "::1"}),
        ({"host": "localhost"}, {"localhost", "127.0.0.1", "::1"}),
        ({"public": True}, set()),
        ({"host": "0.0.0.0"}, set()),
        ({"host": "192.0.2.1", "hosts": ("example.org",)}, {"example.org"}),
    ],
)
def test_local_service_allows_the_names_of_this_machine(settings: dict[str, Any], hosts: set[str]) -> None:
    assert Settings(**settings).allowed_hosts == hosts


def test_public_service_has_a_rate_limit_by_default() -> None:
    assert (Settings().rate_of_address, Settings(public=True).rate_of_address) == (0, 600)
    assert Settings(public=True, rate_per_minute=0).rate_of_address == 0
    assert Settings(rate_per_minute=7).rate_of_address == 7
