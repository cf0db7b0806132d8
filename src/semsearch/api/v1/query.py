"""How does a query string become parameters? The fields of a model, read from it and described as FastAPI does both.

FastAPI asks each field anew at each request what it is, which takes more than a third of the time of a request whose
answer is known.
"""

from __future__ import annotations

import functools
from typing import Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Parameters = TypeVar("Parameters", bound=BaseModel)


def read(model: type[Parameters], request: Request) -> Parameters:
    """The parameters of a request. Of one that is given several times and is no list, the last counts. Raises
    RequestValidationError."""
    query, lists = request.query_params, _lists(model)
    given = {name: query.getlist(name) if name in lists else query[name] for name in query}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = [{**one, "loc": ("query", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(wrong) from error


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI description of an operation says of its parameters."""
    schema = model.model_json_schema()
    needed = schema.get("required", [])
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in needed,
                "schema": {key: value for key, value in field.items() if (key, value) != ("default", None)},
                "description": field["description"],
            }
            for name, field in schema["properties"].items()
        ]
    }


@functools.cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """The fields that may be given several times."""
    return frozenset(name for name, field in model.model_fields.items() if get_origin(field.annotation) is list)
