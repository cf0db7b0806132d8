"""How does somebody get a key to the service? A name and what it opens in; the secret and its entry out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from semsearch.cli.options import Json


class ScopeName(StrEnum):
    """The scopes of keys, as choices of an option."""

    SEARCH = "search"
    FEEDBACK = "feedback"
    ADMIN = "admin"


def key(
    name: Annotated[str, typer.Argument(help="Of who will hold it: letters, digits and . _ - between them.")],
    scope: Annotated[
        list[ScopeName] | None,
        typer.Option(help="What it opens; may be given several times (feedback: for later).  [search]"),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only posts with this tag; may be given several times.")] = None,
    author: Annotated[list[str] | None, typer.Option(help="Only posts by this author; the same.")] = None,
    language: Annotated[str | None, typer.Option(help="Only posts in this language.")] = None,
    rate_per_minute: Annotated[int | None, typer.Option(metavar="N", help="Requests, in the long run.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The last day on which it opens.")] = None,
    as_json: Json = False,
) -> None:
    """Make a key to the service, and show it this once. It is written nowhere."""
    from semsearch.api.auth.keys import Key, digest_of, entry, fields_of, new_secret  # noqa: PLC0415
    from semsearch.cli.printing import print_json  # noqa: PLC0415
    from semsearch.search.requests import day_of, make_filter  # noqa: PLC0415

    secret = new_secret()
    made = Key(
        name=name,
        sha256=digest_of(secret),
        scopes=frozenset(one.value for one in scope or [ScopeName.SEARCH]),
        filter=make_filter(tags=tag or (), authors=author or (), language=language),
        rate_per_minute=rate_per_minute,
        expires=day_of("expires", expires),
    )
    if as_json:
        print_json({"key": secret, "entry": fields_of(made)})
        return
    typer.echo(f"the key, for who is to hold it; it is not shown again:\n\n{secret}\n")
    typer.echo(f"its entry, for the file of keys, below “keys:”:\n\n{entry(made)}", nl=False)
