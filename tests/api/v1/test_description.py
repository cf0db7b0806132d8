from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from semsearch.api import openapi
from semsearch.api.v1 import examples, parameters, schemas

RESPONSES: dict[tuple[str, str], type[BaseModel]] = {
    ("/v1/search", "get"): schemas.SearchSchema,
    ("/v1/search", "post"): schemas.SearchSchema,
    ("/v1/suggest", "get"): schemas.SuggestSchema,
    ("/v1/posts/{post_id}/related", "get"): schemas.RelatedSchema,
    ("/v1/related", "post"): schemas.RelatedSchema,
    ("/v1/posts/{post_id}", "get"): schemas.PostSchema,
    ("/healthz", "get"): schemas.HealthSchema,
    ("/readyz", "get"): schemas.ReadySchema,
}
BODIES: dict[tuple[str, str], type[BaseModel]] = {
    ("/v1/search", "post"): parameters.SearchBody,
    ("/v1/related", "post"): parameters.RelatedBody,
}


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    content: dict[str, Any] = client.get("/openapi.json").json()
    return content


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in description["paths"].items() for method, one in methods.items()]


def test_every_route_has_a_valid_example_response(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        content = operation["responses"]["200"]["content"]
        if path != "/metrics":
            example = content["application/json"]["example"]
            assert example == examples.RESPONSES[path, method]
            RESPONSES[path, method].model_validate(example)


def test_every_body_has_valid_examples(description: dict[str, Any]) -> None:
    for (path, method), model in BODIES.items():
        body = description["paths"][path][method]["requestBody"]["content"]["application/json"]
        assert len(body["examples"]) == 2
        for example in body["examples"].values():
            model.model_validate(example["value"])
            assert example["summary"]


def test_every_parameter_is_described_and_has_an_example_or_a_default(description: dict[str, Any]) -> None:
    for path, _, operation in operations(description):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            assert parameter.get("description") or schema.get("description"), (path, parameter["name"])
            assert "default" in schema or "examples" in schema or "example" in parameter, (path, parameter["name"])


def test_every_field_of_a_response_is_described() -> None:
    """Their texts are the docstrings of the dataclasses."""
    for name, schema in openapi()["components"]["schemas"].items():
        if name.endswith("Schema"):
            for field, described in schema["properties"].items():
                assert described.get("description"), (name, field)


def test_operation_ids_are_short_and_unique(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(set(names)) == len(names)
    assert {"search", "search_with_body", "suggest", "related", "related_to_examples", "post"} <= set(names)


def test_routes_that_need_a_key_document_security_and_errors(description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, _, operation in operations(description):
        if path.startswith("/v1/"):
            assert operation["security"] == [{"key": []}, {}]
            assert {"401", "403", "414", "421", "429", "431"} <= set(operation["responses"])
            assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]
            assert "Retry-After" in operation["responses"]["429"]["headers"]
            assert "RateLimit" in operation["responses"]["200"]["headers"]
    assert description["paths"]["/metrics"]["get"]["security"] == [{"key": []}, {}]
    assert "security" not in description["paths"]["/healthz"]["get"]


def test_every_error_is_described_as_the_problem_that_is_sent(description: dict[str, Any], client: TestClient) -> None:
    for path, _, operation in operations(description):
        for status, response in operation["responses"].items():
            if status not in ("200", "304"):
                problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
                assert response["content"] == {"application/problem+json": problem}, (path, status)
    assert client.get("/v1/search").headers["Content-Type"] == "application/problem+json"
    assert "422" not in description["paths"]["/v1/posts/{post_id}"]["get"]["responses"]
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_documented_headers_are_sent_and_etags_are_honoured(description: dict[str, Any], client: TestClient) -> None:
    answer = client.get("/v1/posts/formal-math/related")
    described = description["paths"]["/v1/posts/{post_id}/related"]["get"]["responses"]
    assert {"etag", "cache-control", "x-request-id"} <= {name.lower() for name in described["200"]["headers"]}
    assert {"etag", "cache-control", "x-request-id"} <= set(answer.headers)
    again = client.get("/v1/posts/formal-math/related", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "304" in described
