"""Tests the service against its OpenAPI description with generated requests."""

# ruff: noqa: PLC0415  (schemathesis takes 2 s to load, and only these tests need it)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import service

WITH_PARAMETERS = [
    ("GET", "/v1/search"),
    ("POST", "/v1/search"),
    ("GET", "/v1/suggest"),
    ("GET", "/v1/posts/{post_id}/related"),
    ("POST", "/v1/related"),
]
ROUTES = [
    *WITH_PARAMETERS,
    ("GET", "/v1/posts/{post_id}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]

attacked = settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="session")
def described(demo_index: Path) -> Any:
    import schemathesis

    return schemathesis.openapi.from_asgi("/openapi.json", service(index=demo_index))


@pytest.mark.parametrize(("method", "path"), ROUTES)
@attacked
@given(data=st.data())
def test_a_valid_request_gets_a_documented_response(
    method: str, path: str, described: Any, data: st.DataObject
) -> None:
    from schemathesis import GenerationMode

    case = data.draw(described[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    case.call_and_validate()


@pytest.mark.parametrize(("method", "path"), WITH_PARAMETERS)
@attacked
@given(data=st.data())
def test_an_invalid_request_gets_a_documented_error(
    method: str, path: str, described: Any, data: st.DataObject
) -> None:
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import negative_data_rejection

    case = data.draw(described[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    # In a query string everything is text: 7 where text is meant is the text "7", and no error.
    case.call_and_validate(excluded_checks=[negative_data_rejection] if method == "GET" else [])


def test_following_openapi_links_never_fails(described: Any) -> None:
    """Follows the links of the description, from hits to posts and related posts."""

    described.as_state_machine().run(settings=settings(attacked, max_examples=8, stateful_step_count=6))
