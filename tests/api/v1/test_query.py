"""Query strings are read and described as by FastAPI itself."""

from __future__ import annotations

from collections.abc import Iterator
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


def add_routes(app: FastAPI, model: type[BaseModel]) -> None:
    """Add a route whose parameters FastAPI reads, and one that uses the module under test."""

    async def expected(parameters: BaseModel) -> Any:
        return parameters

    expected.__annotations__["parameters"] = Annotated[model, Query()]
    app.get(f"/expected/{model.__name__}")(expected)

    @app.get(f"/actual/{model.__name__}", openapi_extra=query.openapi_parameters(model))
    async def actual(request: Request) -> Any:
        return query.read(model, request)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    app = FastAPI()
    for model in MODELS:
        add_routes(app, model)

    @app.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        return JSONResponse([[one["type"], list(one["loc"]), one["msg"]] for one in error.errors()], 422)

    return app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:  # one event loop for all requests
        yield client


@pytest.mark.parametrize("model", MODELS)
def test_parameters_are_described_as_by_fastapi(app: FastAPI, model: type[BaseModel]) -> None:
    paths = app.openapi()["paths"]
    actual, expected = (paths[f"/{whose}/{model.__name__}"]["get"]["parameters"] for whose in ("actual", "expected"))
    assert actual == expected
    assert {parameter["name"] for parameter in actual} == set(model.model_fields)


NAMES = ("q", "limit", "tag", "facets", "language", "explain", "mode", "diversity", "exclude", "nothing", "Q", "")
VALUES = ("", "a", " ", "5", "5.0", "-1", "1e1", "true", "no", "tags", "year", "lexical", "en", "ä&=%", "\x00", "nan")


@pytest.mark.parametrize("model", MODELS)
@given(given=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=6))
def test_query_strings_are_read_as_by_fastapi(
    client: TestClient, model: type[BaseModel], given: list[tuple[str, str]]
) -> None:
    actual, expected = (client.get(f"/{whose}/{model.__name__}?{urlencode(given)}") for whose in ("actual", "expected"))
    assert (actual.status_code, actual.json()) == (expected.status_code, expected.json())


@pytest.mark.parametrize(
    "text", ["q", "q=", "q=a&q=b", "&&q=a&", "q=a;limit=3", "q=%ff", "q=%zz", "q=a+b", "=a", "q=a#b"]
)
def test_unusual_query_strings_are_read_as_by_fastapi(client: TestClient, text: str) -> None:
    actual, expected = (client.get(f"/{whose}/SearchParameters?{text}") for whose in ("actual", "expected"))
    assert (actual.status_code, actual.json()) == (expected.status_code, expected.json())


def test_the_last_value_of_a_repeated_parameter_counts_unless_it_is_a_list(client: TestClient) -> None:
    found = client.get("/actual/SearchParameters?q=a&limit=3&tag=x&q=b&limit=4&tag=y&facets=year").json()
    assert (found["q"], found["limit"], found["tag"], found["facets"]) == ("b", 4, ["x", "y"], ["year"])
