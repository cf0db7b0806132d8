from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from semsearch.api.auth.keys import Key, digest_of, entry
from semsearch.api.errors.problems import MEDIA_TYPE, Problem
from semsearch.api.middleware import access
from semsearch.index import Filter
from semsearch.serving.executor import REFUSAL_DELAY_SECONDS
from semsearch.serving.live_index import LiveIndex
from tests.builders import service

SEARCH = "/v1/search?q=maths"
OPEN = ("/healthz", "/readyz", "/openapi.json", "/web/semsearch.css")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def keys_file(folder: Path, *secrets: str) -> Path:
    """Keys named by their secrets: for searches among posts on alignment, for all searches, and for all scopes."""
    known = {
        "tenant": Key("tenant", digest_of("tenant"), frozenset({"search"}), Filter(tags=("alignment",))),
        "site": Key("site", digest_of("site"), frozenset({"search"})),
        "owner": Key("owner", digest_of("owner"), frozenset({"search", "admin"})),
    }
    file = folder / "keys.yaml"
    file.write_text("keys:\n" + "".join(entry(known[secret]) for secret in secrets), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def locked(demo_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with keys."""
    file = keys_file(tmp_path_factory.mktemp("keys"), "tenant", "site", "owner")
    with TestClient(service(index=demo_index, keys_file=file)) as client:
        yield client


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status", "code", "challenge"),
    [
        ({}, 401, "key_missing", "Bearer"),
        ({"Authorization": "Basic c2l0ZTpzaXRl"}, 401, "key_missing", "Bearer"),
        (bearer("other"), 401, "key_unknown", 'Bearer error="invalid_token"'),
        (bearer("s\u00edte"), 401, "key_unknown", 'Bearer error="invalid_token"'),
        (bearer("x" * 5_000), 401, "key_unknown", 'Bearer error="invalid_token"'),
    ],
)
def test_a_request_without_a_valid_key_is_refused(
    headers: dict[str, str], status: int, code: str, challenge: str, locked: TestClient
) -> None:
    raw = {name: value.encode("utf-8") for name, value in headers.items()}
    for path in (SEARCH, "/v1/posts/vpt", "/v1/posts/vpt/related", "/v1/suggest?q=so", "/v1/nothing"):
        answer = locked.get(path, headers=raw)  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
        problem = Problem.model_validate(answer.json())
        assert problem.code == code
        assert problem.request_id == answer.headers["x-request-id"]
        assert answer.headers["www-authenticate"] == challenge


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        ({}, "A key is needed"),
        ({"Authorization": "Basic !"}, "A key is needed"),
        ({"Authorization": "Basic YW55Om90aGVy"}, "This key is not valid"),
        (bearer("other"), "This key is not valid"),
    ],
)
def test_a_page_makes_the_browser_prompt_for_a_key(headers: dict[str, str], title: str, locked: TestClient) -> None:
    for path in ("/", "/search?q=maths", "/related?post=vpt", "/playground"):
        answer = locked.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="semsearch", charset="UTF-8"'
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
            "text/html; charset=utf-8",
            "no-store",
        )
        heading = (
            "This page is for whoever runs the search"
            if path == "/playground" and title == "A key is needed"
            else title
        )
        assert f"<h1>{heading}</h1>" in answer.text


def test_a_key_sent_as_a_password_opens_the_pages_of_its_scopes(locked: TestClient) -> None:
    site, owner = (
        {"Authorization": f"Basic {base64.b64encode(f'any:{key}'.encode()).decode()}"} for key in ("site", "owner")
    )
    for path in ("/", "/search?q=maths", "/related?post=vpt"):
        answer = locked.get(path, headers=site)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, max-age=60"
        assert "Authorization" in answer.headers["vary"]
    refused = locked.get("/playground", headers=site)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Basic realm="semsearch", charset="UTF-8"',
    )
    assert "This page is for whoever runs the search" in refused.text, "the browser prompts for another key"
    opened = locked.get("/playground?q=maths", headers=owner)
    assert (opened.status_code, opened.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("same-site", 401), ("cross-site", 401), (None, 401)]
)
def test_a_key_sent_as_a_password_is_accepted_from_our_own_pages_alone(
    site: str | None, status: int, locked: TestClient
) -> None:
    headers = {"Authorization": f"Basic {base64.b64encode(b'any:site').decode()}"}
    answer = locked.get(SEARCH, headers=headers | ({"Sec-Fetch-Site": site} if site else {}))
    assert (answer.status_code, answer.headers.get("www-authenticate")) == (
        status,
        "Bearer" if status == 401 else None,  # no prompt
    )


def test_admin_pages_need_a_key_on_a_public_service(demo_index: Path, tmp_path: Path) -> None:
    keys = keys_file(tmp_path, "owner")
    with TestClient(service(index=demo_index, keys_file=keys, public=True)) as client:
        assert client.get("/search?q=maths").status_code == 200
        assert client.get("/playground").status_code == 401
        assert client.get("/playground", headers=bearer("owner")).status_code == 200
    with TestClient(service(index=demo_index, public=True)) as client:
        refused = client.get("/playground")
        assert (refused.status_code, "www-authenticate" in refused.headers) == (403, False), (
            "there are no keys to prompt for"
        )


def test_a_key_is_limited_to_its_scopes(locked: TestClient) -> None:
    assert locked.get(SEARCH, headers=bearer("site")).status_code == 200
    assert locked.get("/", headers={"authorization": "bEaReR  site "}).status_code == 200
    assert locked.get("/metrics", headers=bearer("owner")).status_code == 200
    for headers in (bearer("site"), {}):
        refused = locked.get("/metrics", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


def test_health_and_api_description_need_no_key(locked: TestClient) -> None:
    for path in OPEN:
        for headers in ({}, bearer("nobody's")):
            assert locked.get(path, headers=headers).status_code == 200


def test_a_response_to_a_request_with_a_key_is_private(locked: TestClient, client: TestClient) -> None:
    answer = locked.get(SEARCH, headers=bearer("site"))
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert "Authorization" in answer.headers["vary"]
    assert client.get(SEARCH).headers["cache-control"] == "public, max-age=60"


def test_a_key_with_a_filter_sees_nothing_but_its_posts(locked: TestClient, client: TestClient) -> None:
    everything = client.get("/v1/search?q=models&limit=100").json()["hits"]
    own = {hit["id"] for hit in everything if "alignment" in hit["tags"]}
    others = {hit["id"] for hit in everything} - own
    assert own
    assert others
    headers = bearer("tenant")
    found = locked.get("/v1/search?q=models&limit=100&facets=tags", headers=headers).json()
    assert {hit["id"] for hit in found["hits"]} == own
    assert found["estimated_total_hits"] == found["facets"]["tags"]["alignment"] == len(own)
    assert (
        locked.post("/v1/search", json={"q": "models", "limit": 100}, headers=headers).json()["hits"] == found["hits"]
    )
    unfiltered = locked.get("/v1/search?q=models&limit=100&facets=tags", headers=bearer("site")).json()
    assert len(unfiltered["hits"]) == len(everything), "responses are cached per filter"
    for post_id in others:
        for path in (f"/v1/posts/{post_id}", f"/v1/posts/{post_id}/related"):
            assert locked.get(path, headers=headers).status_code == 404
        answer = locked.post("/v1/related", json={"positive": [{"id": post_id}]}, headers=headers)
        assert answer.status_code == 404
        title, url = map(client.get(f"/v1/posts/{post_id}").json().get, ("title", "url"))
        assert locked.get("/v1/suggest", params={"q": title}, headers=headers).json()["suggestions"] == []
        assert f'href="{url}"' in client.get("/search", params={"q": title}).text
        assert f'href="{url}"' not in locked.get("/search", params={"q": title}, headers=headers).text
    for post_id in own:
        assert locked.get(f"/v1/posts/{post_id}", headers=headers).status_code == 200
        listed = locked.get(f"/v1/posts/{post_id}/related?limit=50", headers=headers).json()["hits"]
        assert {hit["id"] for hit in listed} <= own - {post_id}
    page = locked.get("/", headers=headers).text
    assert f"Search {len(own)} post" in page


def test_keys_are_reloaded_without_a_restart(demo_index: Path, tmp_path: Path) -> None:
    file = keys_file(tmp_path, "site")
    with TestClient(service(index=demo_index, keys_file=file, poll_seconds=0.02)) as client:
        assert client.get(SEARCH, headers=bearer("site")).status_code == 200
        keys_file(tmp_path, "owner")
        deadline = time.monotonic() + 30
        while client.get(SEARCH, headers=bearer("site")).status_code == 200:
            assert time.monotonic() < deadline
        assert client.get(SEARCH, headers=bearer("site")).json()["code"] == "key_unknown"
        assert client.get(SEARCH, headers=bearer("owner")).status_code == 200


def test_the_reason_why_a_version_was_refused_is_for_admins(
    locked: TestClient, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = "version 2 in /home/somebody is damaged"
    monkeypatch.setattr(LiveIndex, "problem", property(lambda _: problem, lambda _, __: None), raising=False)
    assert "/home" not in locked.get("/readyz").text
    assert "refused" in locked.get("/readyz").json()["problem"]
    for response in (locked.get("/readyz", headers=bearer("owner")), client.get("/readyz")):
        assert response.json()["problem"] == problem


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_request_with_a_long_text_uses_up_the_limit_of_its_sender_alone(
    demo_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "time", SimpleNamespace(monotonic=lambda: 1_000.0))
    limited = Key("limited", digest_of("limited"), frozenset({"search"}), rate_per_minute=60)
    keys = (limited, Key("other", digest_of("other"), frozenset({"search"}), rate_per_minute=60))
    file = tmp_path / "keys.yaml"
    file.write_text("keys:\n" + "".join(map(entry, keys)), encoding="utf-8")
    with TestClient(service(index=demo_index, keys_file=file)) as client:

        def post(secret: str, text: str) -> Response:
            return client.post("/v1/related", json={"positive": [{"text": text}]}, headers=bearer(secret))

        assert post("limited", "maths").headers["ratelimit"].startswith('"key";r=9;')
        assert post("limited", "maths " * 600).headers["ratelimit"].startswith('"key";r=0;')
        assert post("limited", "maths").status_code == 429
        assert post("other", "maths").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_query_counts_as_several_requests(demo_index: Path, method: str) -> None:
    with TestClient(service(index=demo_index, rate_per_minute=60)) as client:

        def search(query: str) -> str:
            if method == "GET":
                return client.get("/v1/search", params={"q": query}).headers["ratelimit"]
            return client.post("/v1/search", json={"q": query}).headers["ratelimit"]

        assert search("maths").startswith('"address";r=9;')
        assert search("maths " * 300).startswith('"address";r=4;')
        page = client.get("/search", params={"q": "maths " * 250})
        assert page.headers["ratelimit"].startswith('"address";r=0;')


def test_a_refusal_above_the_rate_limit_comes_after_a_while(demo_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[float] = []

    async def note(seconds: float) -> None:
        delays.append(seconds)

    with TestClient(service(index=demo_index, rate_per_minute=6)) as client:
        monkeypatch.setattr(access, "asyncio", SimpleNamespace(sleep=note))
        assert [client.get(SEARCH).status_code for _ in range(3)] == [200, 429, 429]
    assert delays == [REFUSAL_DELAY_SECONDS] * 2


def test_responses_have_rate_limit_headers_and_refusals_retry_after(demo_index: Path) -> None:
    with TestClient(service(index=demo_index, rate_per_minute=12)) as client:
        first, second, third = (client.get(SEARCH) for _ in range(3))
        health = client.get("/healthz")
    assert first.headers["ratelimit-policy"] == '"address";q=2;w=10'
    assert [answer.status_code for answer in (first, second, third, health)] == [200, 200, 429, 200]
    assert third.json()["code"] == "too_often"
    assert 1 <= int(third.headers["retry-after"]) <= 5
    assert "ratelimit" not in health.headers


# --- hosts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "", "[::2]:80"])
def test_a_request_for_another_host_is_refused(host: str, demo_index: Path) -> None:
    """DNS rebinding: a page makes its own host name resolve to this machine to read the responses."""
    with TestClient(service(index=demo_index, hosts=("localhost", "127.0.0.1", "::1"))) as client:
        answer = client.get(SEARCH, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")
        assert "SEMSEARCH_HOSTS" in answer.json()["detail"]
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
        for own in ("localhost:8000", "LOCALHOST", "127.0.0.1:1", "[::1]:8000"):
            assert client.get(SEARCH, headers={"Host": own}).status_code == 200


# --- other origins ----------------------------------------------------------------------------------------------------


def test_pages_of_allowed_origins_alone_may_read_responses(demo_index: Path) -> None:
    with TestClient(service(index=demo_index, origins="https://example.org", rate_per_minute=6)) as client:
        asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        allowed = client.options(SEARCH, headers={"Origin": "https://example.org"} | asks)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "https://example.org"
        refused = client.options(SEARCH, headers={"Origin": "https://example.org.evil.example"} | asks)
        assert "access-control-allow-origin" not in refused.headers
        answer = client.get(SEARCH, headers={"Origin": "https://example.org"})
        assert answer.headers["access-control-allow-origin"] == "https://example.org"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
        assert "Origin" in answer.headers["vary"]
        assert (
            "access-control-allow-origin"
            not in client.get("/healthz", headers={"Origin": "https://other.example"}).headers
        )
        too_often = client.get(SEARCH, headers={"Origin": "https://example.org"})
        assert too_often.status_code == 429
        assert too_often.headers["access-control-allow-origin"] == "https://example.org", "the page may read the reason"


def test_without_allowed_origins_no_other_page_may_read_responses(client: TestClient) -> None:
    answer = client.get(SEARCH, headers={"Origin": "https://example.org"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_access_is_checked_under_a_root_path_too(demo_index: Path, tmp_path: Path) -> None:
    app = service(index=demo_index, keys_file=keys_file(tmp_path, "site"))
    with TestClient(app, root_path="/find") as client:
        for path in ("/v1/search?q=maths", "/find/v1/search?q=maths", "/find/metrics"):
            assert client.get(path).status_code in (401, 403)
        assert client.get("/find/v1/search?q=maths", headers=bearer("site")).status_code == 200
        assert client.get("/find/healthz").status_code == 200


def test_a_key_with_a_filter_learns_neither_other_posts_nor_other_queries(locked: TestClient) -> None:
    assert locked.get("/readyz", headers=bearer("tenant")).json()["posts"] < 9
    assert locked.get("/readyz").json()["posts"] == 9
    assert "server-timing" not in locked.get(SEARCH, headers=bearer("site")).headers
    assert "server-timing" in locked.get(SEARCH, headers=bearer("owner")).headers


# --- headers that two readers may understand differently --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Host", ("testserver", "evil.example")),
        ("Authorization", ("Bearer tenant", "Bearer owner")),
        ("Authorization", ("Bearer owner", "Bearer owner")),
        ("Sec-Fetch-Site", ("cross-site", "same-origin")),
        ("Origin", ("https://a.example", "https://b.example")),
        ("Content-Type", ("application/json", "text/plain")),
    ],
)
@pytest.mark.parametrize("path", [SEARCH, "/healthz", "/"])
def test_a_header_that_decides_something_must_not_be_there_twice(
    name: str, values: tuple[str, str], path: str, locked: TestClient
) -> None:
    refused = locked.get(path, headers=[(name, value) for value in values])
    assert refused.status_code == 400
    assert refused.headers["x-request-id"]
    if path == SEARCH:
        problem = Problem.model_validate(refused.json())
        assert problem.code == "malformed_request"
        assert problem.detail == f"the header {name} is there more than once; send it once"


def test_other_headers_may_be_there_twice(locked: TestClient) -> None:
    twice = [("Accept", "text/html"), ("Accept", "*/*"), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "::1")]
    assert locked.get("/healthz", headers=twice).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example/path", "user@evil.example", "a b", "a?b", "a#b", "[::1", "::1", "a:b", "b\u00fccher.example"]
)
def test_a_host_that_is_none_is_refused(host: str, locked: TestClient) -> None:
    refused = locked.get("/healthz", headers={b"Host": host.encode()})
    assert refused.status_code == 400
    assert "the header Host is not a host name" in refused.json()["detail"]


@pytest.mark.parametrize(
    "host", ["", "a.example", "A.example:8000", "[2001:db8::1]:80", "127.0.0.1:", "xn--bcher-kva.de"]
)
def test_a_host_is_a_name_or_an_address_with_or_without_a_port(host: str, locked: TestClient) -> None:
    assert locked.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.fixture(scope="module")
def any_host(demo_index: Path) -> Iterator[TestClient]:
    """A service that accepts every host name."""
    app = service(index=demo_index, host="0.0.0.0", public=True, hosts=())
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/search/?q=a", "/search/?q=a", "/related/", "/healthz/", "/web/", "/v1/nothing"])
def test_no_response_reflects_the_host_of_the_request(path: str, any_host: TestClient) -> None:
    answer = any_host.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in f"{answer.headers} {answer.text}"
