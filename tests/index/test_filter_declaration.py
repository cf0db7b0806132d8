"""What is declared of a filter field reaches every place that offers filters."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import typer.main
from click import Command as ClickCommand
from starlette.datastructures import QueryParams

from semsearch.api.auth.keyring import read_text
from semsearch.api.pages.search_form import SearchForm
from semsearch.api.v1.parameters import FilterParameters
from semsearch.cli.app import app
from semsearch.index.filters import FILTER_FIELDS, Filter, FilterField, FilterValues, HasAll, make_filter
from tests.builders import ROOT

EXAMPLES: dict[str, Any] = {"tag": ["sea"], "author": ["Ann"], "language": "en"}


def example(declared: FilterField) -> Any:
    """A valid value, as plain data."""
    return EXAMPLES.get(declared.parameter, "2026-01-31")


def expected(declared: FilterField) -> Filter:
    """The filter with that value alone."""
    return make_filter(**{declared.name: example(declared)})


def command(name: str) -> ClickCommand:
    group: Any = typer.main.get_command(app)
    found: ClickCommand = group.commands[name]
    return found


@pytest.fixture(params=FILTER_FIELDS, ids=lambda declared: declared.parameter)
def declared(request: pytest.FixtureRequest) -> FilterField:
    found: FilterField = request.param
    return found


def test_type_checkers_know_every_filter_field() -> None:
    assert list(FilterValues.__annotations__) == [declared.name for declared in FILTER_FIELDS]


def test_a_filter_field_is_an_http_parameter(declared: FilterField) -> None:
    assert FilterParameters(**{declared.parameter: example(declared)}).to_filter() == expected(declared)


@pytest.mark.parametrize("name", ["search", "key"])
def test_a_filter_field_is_an_option_of_commands_that_filter(name: str, declared: FilterField) -> None:
    options = {option: parameter for parameter in command(name).params for option in parameter.opts}
    option = options[f"--{declared.parameter.replace('_', '-')}"]
    assert getattr(option, "help", None) == declared.description
    assert option.multiple == isinstance(declared.rule, HasAll)


def test_a_filter_field_narrows_the_search_page(declared: FilterField) -> None:
    value = example(declared)
    form = SearchForm.parse(
        QueryParams({"q": "tides", declared.parameter: value if isinstance(value, str) else value[0]})
    )
    assert form.to_filter() == expected(declared)
    assert [choice.name for choice in form.choices] == [declared.parameter]


def test_a_filter_field_limits_an_api_key(declared: FilterField) -> None:
    key = {
        "name": "tenant",
        "sha256": "0" * 64,
        "scopes": ["search"],
        "filter": {declared.parameter: example(declared)},
    }
    [read] = read_text(json.dumps({"keys": [key]}))
    assert read.filter == expected(declared)


def test_the_search_box_sends_every_filter_field_of_its_form() -> None:
    script = (ROOT / "src/semsearch/web/static/box.js").read_text(encoding="utf-8")
    [names] = re.findall(r"^const FILTERS = (\[.*\]);$", script, re.MULTILINE)
    assert json.loads(names) == [declared.parameter for declared in FILTER_FIELDS]
