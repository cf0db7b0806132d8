"""API keys are in no response, log or metric, and cannot be guessed.

How keys are stored, found and limited: tests/api/auth. Which routes need one: tests/api/middleware/test_access.py.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from semsearch.api.auth.keys import Key, digest_of, new_secret
from semsearch.api.operations.logs import JsonFormatter
from tests.attacks.test_tenants import keys_file
from tests.builders import service

SECRET, ADMIN = new_secret(), new_secret()


@pytest.fixture(scope="module")
def app_client(demo_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    keys = (
        Key("site", digest_of(SECRET), frozenset({"search"}), rate_per_minute=6_000),
        Key("owner", digest_of(ADMIN), frozenset({"search", "admin"})),
    )
    file = keys_file(tmp_path_factory.mktemp("keys"), *keys)
    with TestClient(
        service(index=demo_index, keys_file=file, log_format="json"), raise_server_exceptions=False
    ) as found:
        yield found


def basic(secret: str) -> str:
    return f"Basic {base64.b64encode(f'user:{secret}'.encode()).decode()}"


@pytest.mark.parametrize(
    "path", ["/v1/search?q=maths", "/v1/search?limit=x", "/metrics", "/v1/posts/none", "/nothing", "/"]
)
@pytest.mark.parametrize("form", ["Bearer {}", "bearer  {}", "Basic", "{}", "Bearer {}x", "Bearer\t{}", "Digest {}"])
def test_a_key_is_in_no_answer_and_in_no_line_of_the_log(
    path: str, form: str, app_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "semsearch")
    authorization = basic(SECRET) if form == "Basic" else form.format(SECRET)
    answer = app_client.get(path, headers={"Authorization": authorization, "Accept": "text/html, */*"})
    lines = [JsonFormatter().format(record) for record in caplog.records]
    metrics = app_client.get("/metrics", headers={"Authorization": f"Bearer {ADMIN}"}).text
    for text in (answer.text, repr(answer.headers), *lines, metrics):
        assert SECRET not in text
        assert digest_of(SECRET) not in text
        assert basic(SECRET).split()[1] not in text


def test_an_internal_error_does_not_show_the_key(
    app_client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_client.app.state, "live_index", SimpleNamespace())  # type: ignore[attr-defined]
    answer = app_client.get("/v1/search?q=maths", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 500
    assert "AttributeError" in caplog.text
    assert SECRET not in answer.text + caplog.text
    assert "AttributeError" not in answer.text


@pytest.mark.parametrize("name", ["key", "api_key", "api-key", "token", "access_token", "authorization"])
def test_a_key_in_the_address_is_no_key(name: str, app_client: TestClient) -> None:
    """Addresses are in logs and histories."""
    assert app_client.get("/v1/search", params={"q": "maths", name: SECRET}).status_code == 401


@pytest.mark.parametrize("header", ["X-Api-Key", "Api-Key", "Cookie", "Proxy-Authorization", "X-Authorization"])
def test_a_key_in_another_header_is_no_key(header: str, app_client: TestClient) -> None:
    assert app_client.get("/v1/search?q=maths", headers={header: f"Bearer {SECRET}"}).status_code == 401


@pytest.mark.parametrize(
    "path", ["//v1/search?q=maths", "/V1/search?q=maths", "/web/../v1/search?q=maths", "/healthz/../v1/search?q=maths",
             "/web/%2e%2e/metrics", "/healthz%2f..%2fmetrics", "/readyz/v1/search?q=maths", "/v1/search;/healthz?q=a"]
)  # fmt: skip
def test_no_spelling_of_a_path_needs_no_key(path: str, app_client: TestClient) -> None:
    assert app_client.get(path).status_code in (401, 404)


def test_a_refusal_does_not_tell_which_keys_exist(app_client: TestClient) -> None:
    """Neither by its text nor by its headers, whatever is wrong with the key."""
    secrets = (new_secret(), SECRET[:-1], SECRET.upper(), "site", digest_of(SECRET))
    answers = [
        app_client.get("/v1/search?q=a", headers={"Authorization": f"Bearer {secret}"}).json() for secret in secrets
    ]
    assert len({(answer["status"], answer["code"], answer["detail"]) for answer in answers}) == 1
