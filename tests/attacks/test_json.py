"""JSON bodies that are deep, huge, ambiguous, or in another encoding are refused.

The limits of size: tests/api/middleware/test_bodies.py. Files of JSON: tests/ingest/parsing/test_json_stream.py.
"""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from semsearch.api.errors.problems import MEDIA_TYPE

JSON = {"Content-Type": "application/json"}
REFUSED = {
    "depth of lists": b'{"q":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "depth of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "an endless integer": b'{"q":"robots","limit":' + b"9" * 60_000 + b"}",
    "an exponent": b'{"q":"robots","limit":1e400}',
    "a share above all": b'{"q":"robots","min_confidence":1e999}',
    "not a number": b'{"q":"robots","min_confidence":NaN}',
    "infinity": b'{"q":"robots","semantic_ratio":-Infinity}',
    "many names": b'{"q":"robots",' + b",".join(b'"k%d":1' % number for number in range(6_000)) + b"}",
    "many values": b'{"q":"robots","tag":[' + b",".join([b'"x"'] * 10_000) + b"]}",
    "a lone surrogate": b'{"q":"\\ud800 robots"}',
    "no UTF-8": b'{"q":"robots \xff"}',
    "an overlong NUL": b'{"q":"robots \xc0\x80"}',
    "a raw NUL": b'{"q":"robots \x00"}',
    "a list": b'[{"q":"robots"}]',
    "a text": b'"robots"',
    "two objects": b'{"q":"robots"}{"q":"robots"}',
    "nothing": b"",
    "__proto__": b'{"q":"robots","__proto__":{"limit":1}}',
    "__class__": b'{"q":"robots","__class__":"Access"}',
    "visibility": b'{"q":"robots","visibility":{}}',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_a_hostile_body_is_refused(body: bytes, client: TestClient) -> None:
    answer = client.post("/v1/search", content=body, headers=JSON)
    assert answer.status_code in (400, 413, 422)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("name", ["depth of lists", "depth of objects", "an endless integer", "no UTF-8", "a raw NUL"])
def test_what_no_parser_reads_is_called_so(name: str, client: TestClient) -> None:
    assert client.post("/v1/search", content=REFUSED[name], headers=JSON).json()["code"] == "invalid_json"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_does_not_hide_values_from_the_limit(encoding: str, client: TestClient) -> None:
    """In UTF-16, a character such as Ģ has the byte of a quotation mark. Behind one, all values would seem a string."""
    hidden = '{"q":"Ģ","x":[' + "[]," * 300_000 + "[]]}"
    answer = client.post("/v1/search", content=hidden.encode(encoding), headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_json"


def test_of_a_name_that_is_there_twice_the_last_value_counts(client: TestClient) -> None:
    answer = client.post("/v1/search", content=b'{"q":"maths","limit":"x","limit":1}', headers=JSON)
    assert len(answer.json()["hits"]) == 1


def test_the_answer_has_no_numbers_that_json_does_not_know(client: TestClient) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for body in ({"q": "maths", "explain": True}, {"q": "🙂", "explain": True}, {"q": "zzzzqx", "mode": "lexical"}):
        json.loads(client.post("/v1/search", json=body).content, parse_constant=refuse)
