"""The Typer application with all commands, and the exit code for each error."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
from typing import Annotated, NoReturn, TextIO, cast

import typer

from semsearch.cli.commands.backup import backup, restore
from semsearch.cli.commands.evaluate import evaluate
from semsearch.cli.commands.export import export
from semsearch.cli.commands.index import doctor, rebuild, rollback, verify, versions
from semsearch.cli.commands.ingest import ingest
from semsearch.cli.commands.key import key
from semsearch.cli.commands.search import related, search
from semsearch.cli.commands.serve import serve
from semsearch.cli.escaping import EscapedStream
from semsearch.cli.failures import check_address_space, sentence_of
from semsearch.errors import InvalidRequest, InvalidSetting, InvalidSiteFile

FAILURE, USAGE_ERROR = 1, 2
"""Exit codes. The others are 0 for success and 130 after Ctrl-C."""

app = typer.Typer(
    help="Semantic search and related posts for publishers.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help takes a fifth of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    ingest,
    rebuild,
    search,
    related,
    doctor,
    serve,
    key,
    evaluate,
    versions,
    rollback,
    verify,
    backup,
    restore,
):
    app.command()(command)
app.add_typer(export, name="export")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"semsearch {importlib.metadata.version('semsearch')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    check_address_space()


def main() -> None:
    """Run the command line. Exit with 1 after a failure and 2 after wrong usage, with one line on stderr."""
    sys.stdout, sys.stderr = (_escaped(stream) for stream in (sys.stdout, sys.stderr))
    logging.basicConfig(level=logging.WARNING, format="semsearch: %(message)s", stream=sys.stderr)
    try:
        app(prog_name="semsearch")
    except (InvalidRequest, InvalidSetting, InvalidSiteFile) as error:
        _exit(str(error), USAGE_ERROR)
    except BaseException as error:  # a panic of a native library, too, may be a lack of memory
        if (sentence := sentence_of(error)) is None:
            raise
        _exit(sentence, FAILURE)


def _escaped(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, EscapedStream) else cast("TextIO", EscapedStream(stream))


def _exit(sentence: str, code: int) -> NoReturn:
    typer.echo(f"semsearch: {sentence}", err=True)
    raise SystemExit(code)
