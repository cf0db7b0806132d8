"""Query strings are read and described as FastAPI does it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.responses import Response

from semsearch.api.v1 import query
from semsearch.api.v1.parameters import RelatedParameters, SearchParameters, SuggestParameters

MODELS: list[type[BaseModel]] = [SearchParameters, SuggestParameters, RelatedParameters]


def route_of(app: FastAPI, model: type[BaseModel]) -> None:
    """One address that FastAPI reads, and one that is read here."""

    async def theirs(parameters: BaseModel) -> Any:
        return parameters

    theirs.__annotations__["parameters"] = Annotated[model, Query()]
    app.get(f"/theirs/{model.__name__}")(theirs)

    @app.get(f"/ours/{model.__name__}", openapi_extra=query.described(model))
    async def ours(request: Request) -> Any:
        return query.read(model, request)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    app = FastAPI()
    for model in MODELS:
        route_of(app, model)

    @app.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        return JSONResponse([[one["type"], list(one["loc"]), one["msg"]] for one in error.errors()], 422)

    return app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize("model", MODELS)
def test_parameters_are_described_alike(app: FastAPI, model: type[BaseModel]) -> None:
    paths = app.openapi()["paths"]
    ours, theirs = (paths[f"/{whose}/{model.__name__}"]["get"]["parameters"] for whose in ("ours", "theirs"))
    assert ours == theirs
    assert {parameter["name"] for parameter in ours} == set(model.model_fields)


NAMES = ("q", "limit", "tag", "facets", "language", "explain", "mode", "diversity", "exclude", "nothing", "Q", "")
VALUES = ("", "a", " ", "5", "5.0", "-1", "1e1", "true", "no", "tags", "year", "lexical", "en", "ä&=%", "\x00", "nan")


@pytest.mark.parametrize("model", MODELS)
@given(given=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=6))
def test_query_strings_are_read_alike(client: TestClient, model: type[BaseModel], given: list[tuple[str, str]]) -> None:
    ours, theirs = (client.get(f"/{whose}/{model.__name__}?{urlencode(given)}") for whose in ("ours", "theirs"))
    assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())


@pytest.mark.parametrize(
    "text", ["q", "q=", "q=a&q=b", "&&q=a&", "q=a;limit=3", "q=%ff", "q=%zz", "q=a+b", "=a", "q=a#b"]
)
def test_odd_query_strings_are_read_alike(client: TestClient, text: str) -> None:
    ours, theirs = (client.get(f"/{whose}/SearchParameters?{text}") for whose in ("ours", "theirs"))
    assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())


def test_of_what_is_given_twice_the_last_counts_and_lists_have_all(client: TestClient) -> None:
    found = client.get("/ours/SearchParameters?q=a&limit=3&tag=x&q=b&limit=4&tag=y&facets=year").json()
    assert (found["q"], found["limit"], found["tag"], found["facets"]) == ("b", 4, ["x", "y"], ["year"])
