from __future__ import annotations

from fastapi.testclient import TestClient


def test_an_answer_and_its_header_have_one_request_id(client: TestClient) -> None:
    answers = [client.get("/v1/search", params={"q": q}) for q in ("maths", "maths", "")]
    ids = [answer.json()["request_id"] for answer in answers]
    assert ids == [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3


def test_every_answer_forbids_scripts_and_guessing(client: TestClient) -> None:
    for path in ("/", "/v1/search?q=a", "/nope", "/web/semsearch.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
