"""The command ``key``: makes an API key."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from semsearch.cli.filter_options import with_filter_options
from semsearch.cli.options import Json


class ScopeName(StrEnum):
    """The scopes of API keys, as choices of an option."""

    SEARCH = "search"
    FEEDBACK = "feedback"
    ADMIN = "admin"


@with_filter_options
def key(
    name: Annotated[str, typer.Argument(help="A name for the key: letters and digits, with . _ - between them.")],
    scope: Annotated[
        list[ScopeName] | None,
        typer.Option(help="What the key may be used for; repeatable. feedback is reserved.  [default: search]"),
    ] = None,
    filters: Any = None,
    rate_per_minute: Annotated[
        int | None, typer.Option(metavar="N", help="Rate limit: requests a minute on average.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The last day on which the key is valid.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an API key.

    The key is printed once, with its entry for the keys file. Nothing is written to disk.
    """
    from semsearch.api.auth.keys import Key, digest_of, entry, fields_of, new_secret  # noqa: PLC0415
    from semsearch.cli.printing import print_json  # noqa: PLC0415
    from semsearch.index.filters import make_filter  # noqa: PLC0415
    from semsearch.plain_values import day_of  # noqa: PLC0415

    secret = new_secret()
    api_key = Key(
        name=name,
        sha256=digest_of(secret),
        scopes=frozenset(chosen.value for chosen in scope or [ScopeName.SEARCH]),
        filter=make_filter(**filters),
        rate_per_minute=rate_per_minute,
        expires=day_of("expires", expires),
    )
    if as_json:
        print_json({"key": secret, "entry": fields_of(api_key)})
        return
    typer.echo(f"the API key; it is not shown again:\n\n{secret}\n")
    typer.echo(f"its entry for the keys file, under “keys:”:\n\n{entry(api_key)}", nl=False)
