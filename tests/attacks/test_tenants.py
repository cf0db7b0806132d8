"""One key learns nothing of the posts and the requests of another.

The answer to a key with a filter is compared with that of an index which has only the posts of the filter. What may
differ is named in docs/security.md: numbers that are computed from all posts, and what follows from them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Route

from semsearch.api.auth.keys import Key, Scope, digest_of, entry
from semsearch.index import NO_FILTER, Filter
from tests.builders import raw_post, service

MINE, OTHERS = "of-north", "of-south"
ALL_SCOPES: frozenset[Scope] = frozenset(("search", "admin"))

NORTH = [
    ("harbour", "The harbour in winter", "No boat left the harbour before the ice broke in May.", "Ann Lee"),
    ("violin", "How a violin is built", "Maple and spruce are dried for years before a violin is carved.", "Ben Ode"),
    ("engine", "An engine for small boats", "The engine runs on oil that is pressed from rape seed.", "Ann Lee"),
    ("network", "The tidal energy research network", "A tidal energy research network met in the harbour.", "Ben Ode"),
    ("rfc", "Notes on RFC 9999", "What RFC 9999 asks of a lantern in a lighthouse.", "Ann Lee"),
    ("bread", "Bread from rye", "Sourdough bread keeps for a week if it is made of rye.", "Cleo Fay"),
    ("learning", "Machine learning (ML) for gardens", "Machine learning (ML) is no likelihood.", "Ben Ode"),
    ("clock", "Repairing a clock", "A clock strikes wrongly if its rack has slipped.", "Cleo Fay"),
]
"""Id, title, teaser and author."""
SOUTH = [
    ("harbours", "The harbour in winter", "No boat left the harbour before the ice broke in May.", "Zora Quell"),
    ("zephyrine", "Zephyrine and the lanterne", "A zephyrine is kept in a lanterne of glass.", "Zora Quell"),
    ("tern", "Tidal Energy Research Network (TERN)", "The Tidal Energy Research Network (TERN) grew.", "Zora Quell"),
    ("tern-2", "More of TERN", "Tidal Energy Research Network (TERN) has a new seat.", "Zora Quell"),
    ("code", "What rfc9999 and xk-4471 say", "Order xk-4471 was sent with rfc9999 in the box.", "Zora Quell"),
    ("deutsch", "Wie man eine Geige baut", "Das Holz der Geige wird viele Jahre lang getrocknet.", "Zora Quell"),
    ("deutsch-2", "Brot aus Roggen", "Ein Brot aus Roggen hält sich eine ganze Woche lang.", "Zora Quell"),
    ("deutsch-3", "Uhren reparieren", "Eine Uhr schlägt falsch, wenn der Rechen verrutscht ist.", "Zora Quell"),
    ("likelihood", "Maximum likelihood (ML)", "The Maximum Likelihood (ML) of a tide.", "Zora Quell"),
    ("likelihood-2", "More of maximum likelihood", "What Maximum Likelihood (ML) finds.", "Zora Quell"),
    ("enginee", "An enginee of carbolite", "The enginee of carbolite is a carbolite.", "Zora Quell"),
]
SECRETS = (
    "zephyrine",
    "lanterne",
    "tern",
    "xk",
    "carbolite",
    "enginee",
    "zora",
    "quell",
    OTHERS,
    "geige",
    "uhren",
)
"""What only posts of the other tenant contain."""

QUESTIONS = [
    "harbour", "violin boat", '"no boat" harbour', "lantrene", "lanternee", "zephyrin", "zephyrine", "TERN",
    "maximum likelihood", "ML",
    "tern harbour", "tidal energy research network", "rfc9999", "RFC 9999", "xk-4471", "xk-4471 lantern", "zora quell",
    "ann lee", "carbolit", "enginee oil", "engines -oil", "holz violin", "wie wird brot gebacken", "bread -zephyrine",
    '"zephyrine"', "was ist eine uhr", "nothing of it", "repairing clocks in 2024", "clock no. 7", "boat lanterne",
]  # fmt: skip
WORDS = [re.sub(r"[^\w-]", "", word) for row in (*NORTH, *SOUTH) for text in row[1:] for word in text.split()]


def posts_of(rows: Iterable[tuple[str, str, str, str]], tenant: str) -> list[dict[str, Any]]:
    """Posts with tags that both tenants have, and one that only the tenant has."""
    return [
        raw_post(
            f"{tenant}/{name}",
            title=title,
            teaser=teaser,
            body=f"{title}. {teaser}",
            tags=[tenant, "shared", f"{tenant}-{name}"],
            authors=[author],
            date=f"2024-0{1 + place % 9}-01",
            language="de" if name.startswith("deutsch") else "en",
            url=f"https://{tenant}.example/{name}",
        )
        for place, (name, title, teaser, author) in enumerate(rows)
    ]


def keys_file(folder: Path, *keys: Key) -> Path:
    file = folder / "keys.yaml"
    file.write_text("keys:\n" + "".join(map(entry, keys)), encoding="utf-8")
    return file


def key(name: str, visibility: Filter = NO_FILTER) -> Key:
    return Key(name, digest_of(f"ssk_{name}"), ALL_SCOPES, visibility)


def client_of(app: FastAPI, name: str) -> TestClient:
    return TestClient(app, headers={"Authorization": f"Bearer ssk_{name}"})


@pytest.fixture(scope="module")
def shared(build: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client with a key for the posts of one tenant, of a service with those of two."""
    index = build([*posts_of(SOUTH[:5], OTHERS), *posts_of(NORTH, MINE), *posts_of(SOUTH[5:], OTHERS)])
    keys = keys_file(tmp_path_factory.mktemp("shared"), key("north", Filter(tags=(MINE,))), key("owner"))
    with client_of(service(index=index, keys_file=keys), "north") as client:
        yield client


@pytest.fixture(scope="module")
def alone(build: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client with a key without a filter, of a service with the posts of one tenant."""
    keys = keys_file(tmp_path_factory.mktemp("alone"), key("north"))
    with client_of(service(index=build(posts_of(NORTH, MINE)), keys_file=keys), "north") as client:
        yield client


# --- what may differ ------------------------------------------------------------------------------------------------

NUMBERS = ("score", "confidence", "explanation", "answerable")
"""Computed from all posts."""
OF_THE_REQUEST = ("processing_time_ms", "request_id", "index_version")


def comparable(value: Any) -> Any:
    """An answer without what may differ. Hits are in the order of their ids, since their scores may differ."""
    if isinstance(value, dict):
        kept = {name: comparable(one) for name, one in value.items() if name not in (*NUMBERS, *OF_THE_REQUEST)}
        if isinstance(hits := kept.get("hits"), list):
            kept["hits"] = sorted(hits, key=lambda hit: str(hit["id"]))
        return kept
    return [comparable(one) for one in value] if isinstance(value, list) else value


def comparable_page(html: str) -> list[str]:
    """The posts that a page lists, and its messages on corrections and words that no post has. Which tags and years it
    offers follows from the confidence of the posts."""
    messages = re.findall(r'<div class="messages".*?</div>|<p id="problem".*?</p>', html, re.DOTALL)
    return sorted(re.findall(r'"related\?post=([^"]*)"', html)) + messages


# --- requests by route ----------------------------------------------------------------------------------------------

Call = tuple[str, str, Mapping[str, Any]]
"""Method, address, and options of the client."""

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
questions = st.one_of(st.sampled_from(QUESTIONS), words)
names = st.sampled_from([name for rows in (NORTH, SOUTH) for name, *_ in rows])
tenants = st.sampled_from([MINE, MINE, OTHERS])
ids = st.one_of(st.builds("{}/{}".format, tenants, names), st.sampled_from(["nothing", f"{OTHERS}/tern"]))
filters = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.lists(st.sampled_from(["shared", MINE, OTHERS, "of-sout", f"{OTHERS}-tern", "Shared"]), max_size=2),
        "author": st.lists(st.sampled_from(["Ann Lee", "Zora Quell", "zora quel"]), max_size=1),
        "language": st.sampled_from(["en", "de"]),
        "date_from": st.sampled_from(["2024-03-01"]),
    },
)
searches = st.fixed_dictionaries(
    {"q": questions, "limit": st.just(50)},
    optional={
        "mode": st.sampled_from(["hybrid", "semantic", "lexical"]),
        "facets": st.just(["tags", "authors", "language", "year"]),
        "explain": st.booleans(),
        "collapse": st.booleans(),
        "page_language": st.sampled_from(["de", "en"]),
        "recency_weight": st.sampled_from([0.0, 3.0]),
    },
)
related = {"limit": st.just(50), "min_confidence": st.just(0.0), "diversity": st.just(0.0)}
related_options = st.fixed_dictionaries(
    related,
    optional={
        "exclude": st.lists(ids, max_size=2),
        "exclude_linked": st.booleans(),
        "newer": st.booleans(),
        "explain": st.booleans(),
    },
)
texts = st.builds(lambda text: {"text": text}, words)
examples = st.lists(st.one_of(ids.map(lambda one: {"id": one}), texts), min_size=1, max_size=2)


def get(path: str, **parameters: Any) -> Call:
    return "GET", path, {"params": parameters}


def post_json(path: str, content: Mapping[str, Any]) -> Call:
    return "POST", path, {"json": content}


def of_post(post_id: str, suffix: str = "", **parameters: Any) -> Call:
    return get(f"/v1/posts/{quote(post_id, safe='')}{suffix}", **parameters)


def page(path: str) -> st.SearchStrategy[Call]:
    tag = st.sampled_from(["", "shared", OTHERS])
    return st.builds(lambda q, tag: get(path, q=q, tag=tag), questions, tag)


REQUESTS: dict[tuple[str, str], st.SearchStrategy[Call]] = {
    ("GET", "/v1/search"): st.builds(lambda options, chosen: get("/v1/search", **options, **chosen), searches, filters),
    ("POST", "/v1/search"): st.builds(
        lambda options, chosen: post_json("/v1/search", options | chosen), searches, filters
    ),
    ("GET", "/v1/suggest"): st.builds(
        lambda q, size: get("/v1/suggest", q=q[:size], limit=20), questions, st.integers(1, 12)
    ),
    ("GET", "/v1/posts/{post_id:path}"): st.builds(of_post, ids),
    ("GET", "/v1/posts/{post_id:path}/related"): st.builds(
        lambda one, options, chosen: of_post(one, "/related", **options, **chosen), ids, related_options, filters
    ),
    ("POST", "/v1/related"): st.builds(
        lambda positive, negative, options, chosen: post_json(
            "/v1/related", {"positive": positive, "negative": negative, "filter": chosen, **options}
        ),
        examples,
        st.one_of(st.just([]), examples),
        related_options,
        filters,
    ),
    ("GET", "/"): page("/"),
    ("GET", "/search"): page("/search"),
    ("GET", "/related"): ids.map(lambda one: get("/related", post=one)),
    ("GET", "/playground"): page("/playground"),
    ("GET", "/readyz"): st.just(get("/readyz")),
    ("GET", "/healthz"): st.just(get("/healthz")),
    ("GET", "/openapi.json"): st.just(get("/openapi.json")),
}
OF_THE_SERVICE = {("GET", "/metrics"), ("GET", "/web/{name}")}
"""The counters of a whole service, for its operators, and files that do not depend on posts."""


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of all routes; HEAD is answered as GET."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from routes_of(included.routes)
        elif isinstance(route, Route):
            yield from ((method, route.path) for method in (route.methods or ()) if method not in ("HEAD", "OPTIONS"))


def test_every_route_is_compared(shared: TestClient) -> None:
    app = shared.app
    assert isinstance(app, FastAPI)
    assert set(routes_of(app.routes)) == set(REQUESTS) | OF_THE_SERVICE


@pytest.mark.parametrize("route", REQUESTS, ids=" ".join)
@settings(max_examples=30)
@given(data=st.data())
def test_a_key_gets_the_answers_of_an_index_with_its_posts_alone(
    route: tuple[str, str], data: st.DataObject, shared: TestClient, alone: TestClient
) -> None:
    method, address, options = data.draw(REQUESTS[route])
    answer, expected = (client.request(method, address, **options) for client in (shared, alone))
    assert answer.status_code == expected.status_code
    if "json" in answer.headers["content-type"]:
        assert comparable(answer.json()) == comparable(expected.json())
    else:
        assert comparable_page(answer.text) == comparable_page(expected.text)
    sent = json.dumps(options, ensure_ascii=False).lower() + address.lower()
    revealed = [secret for secret in SECRETS if secret in answer.text.lower() and secret not in sent]
    assert not [secret for secret in revealed if secret not in expected.text.lower()]


# --- requests of others ---------------------------------------------------------------------------------------------


def cache_hits(client: TestClient) -> float:
    """How many responses and vectors of queries came from a cache so far."""
    lines = client.get("/metrics").text.splitlines()
    hits = [line for line in lines if line.startswith("semsearch_kept_") and 'total{result="hit"' in line]
    return sum(float(line.split()[-1]) for line in hits)


@pytest.mark.parametrize("path", ["/v1/search?q=anchors", "/v1/suggest?q=anchors", "/search?q=keels"])
def test_the_time_of_a_request_does_not_tell_whether_another_key_sent_it_before(path: str, shared: TestClient) -> None:
    app = shared.app
    assert isinstance(app, FastAPI)
    north, owner = shared, client_of(app, "owner")
    north.get(path)
    before = cache_hits(owner)
    owner.get(path)
    assert cache_hits(owner) == before
    owner.get(path)
    assert cache_hits(owner) > before
