from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from semsearch import errors
from semsearch.errors import SemsearchError

CLASSES = sorted(
    (kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__),
    key=lambda kind: kind.__name__,
)
HOSTILE = {
    "str": "first\nsecond\r\n\x0bthird\u2028fourth",
    "str | None": "first\nsecond",
    "Path": Path("a folder\nof two lines"),
    "Path | str": "a folder\nof two lines",
    "list[str]": ["first\nsecond", "third"],
    "object": "first\nsecond",
    "int": 3,
    "float": 0.1,
    "float | None": 0.1,
}
"""An argument for every parameter type of a constructor. A type without one fails the tests below."""

A_POST_IS = "each line is a JSON object with an id and a title"


def made(kind: type[SemsearchError]) -> SemsearchError:
    arguments: list[Any] = [HOSTILE[parameter.annotation] for parameter in inspect.signature(kind).parameters.values()]
    return kind(*arguments)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_a_semsearch_error(kind: type[Exception]) -> None:
    assert issubclass(kind, SemsearchError)


@pytest.mark.parametrize("kind", CLASSES)
def test_message_is_one_line_for_any_argument(kind: type[SemsearchError]) -> None:
    message = str(made(kind))

    assert message.splitlines() == [message]
    assert message == message.strip()


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_error_survives_copy_and_pickle(kind: type[SemsearchError], copied: Callable[[Any], Any]) -> None:
    error = made(kind)
    error.add_note("while rebuilding")

    other = copied(error)

    assert type(other) is kind
    assert str(other) == str(error)
    assert other.__dict__ == error.__dict__


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            errors.PostNotFound("gpt 5"),
            "no post has the id 'gpt 5'; ids are case-sensitive",
        ),
        (errors.InvalidRequest("limit", "0 is not from 1 to 100"), "limit: 0 is not from 1 to 100"),
        (
            errors.CorpusNotFound(Path("posts"), "it does not exist"),
            "no corpus at posts: it does not exist; put posts into a .jsonl file there, one JSON object per line",
        ),
        (
            errors.CorpusUnreadable(Path("posts/a.jsonl"), "Permission denied"),
            "cannot read posts/a.jsonl: Permission denied; fix or remove it, or name another corpus",
        ),
        (
            errors.EmptyCorpus(Path("posts"), 0, None),
            f"no valid post in posts; {A_POST_IS}",
        ),
        (
            errors.EmptyCorpus(Path("x"), 7, "y"),
            f"no valid post in x; all 7 lines were rejected, the first because: y; {A_POST_IS}",
        ),
        (
            errors.TooManyRejected(3, 9, 0.1, "no id"),
            (
                "3 of 9 lines rejected, over the limit of 10%; nothing was published; fix them and run again; "
                "the first: no id"
            ),
        ),
        (errors.VersionNotFound("v3", ["v1", "v2"]), "no version v3; the index has: v1, v2"),
        (errors.VersionNotFound("v3", []), "no version v3; the index has: none"),
        (errors.IndexNotFound(Path("index")), "no index at index yet; run: semsearch rebuild --index index"),
    ],
)
def test_message_says_what_where_and_the_fix(error: SemsearchError, message: str) -> None:
    assert str(error) == message


def test_error_has_its_arguments_as_attributes() -> None:
    error = errors.WeightsMismatch("MiniLM", "aa", "bb")

    assert (error.name, error.expected, error.actual) == ("MiniLM", "aa", "bb")


def test_base_classes_catch_their_subclasses() -> None:
    with pytest.raises(errors.CorpusError):
        raise errors.DuplicateIds(2, "a.jsonl:2: duplicate id 'x', first used at a.jsonl:1")
    with pytest.raises(errors.IndexFolderError):
        raise errors.DamagedVersion("v1", "vectors.bin", "missing")
    assert not issubclass(errors.IndexBusy, errors.CorpusError)
