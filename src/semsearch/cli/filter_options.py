"""Options of the filter fields that index/filters.py declares, for any command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from semsearch.index.filters import FILTER_FIELDS, FilterField, HasAll, InLanguage


def with_filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command one option for each filter field, in place of its parameter ``filters``.

    The command gets ``filters`` as keyword arguments for :func:`~semsearch.index.filters.make_filter`.
    """
    signature = inspect.signature(command, eval_str=True)
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.name == "filters":
            parameters += [_option(declared) for declared in FILTER_FIELDS]
        else:
            parameters.append(parameter)

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        given = {declared.name: arguments.pop(declared.parameter) for declared in FILTER_FIELDS}
        command(**arguments, filters={name: value for name, value in given.items() if value is not None})

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _option(declared: FilterField) -> inspect.Parameter:
    annotation: Any
    match declared.rule:
        case HasAll():
            annotation = Annotated[list[str] | None, typer.Option(metavar="NAME", help=declared.description)]
        case InLanguage():
            annotation = Annotated[str | None, typer.Option(metavar="TAG", help=declared.description)]
        case _:
            annotation = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help=declared.description)]
    return inspect.Parameter(
        declared.parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=annotation
    )
