"""The commands that write a version of the index to a file, and bring it back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import Index, Json, settings_of_environment


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file, such as semsearch.tar.")],
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Write the current version of the index to one file.

    A service and a rebuild may run meanwhile.
    """
    from semsearch.cli.printing import print_json  # noqa: PLC0415
    from semsearch.index.backups.backup import write_backup  # noqa: PLC0415

    written = write_backup(index or settings_of_environment().index, file)
    if as_json:
        print_json({"file": str(file)} | asdict(written))
    else:
        typer.echo(f"{file}: version {written.index_version}, {written.posts:,} posts, {written.bytes / 1e6:,.1f} MB")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that the command backup wrote.")],
    index: Index = None,
    as_json: Json = False,
) -> None:
    """Publish the version of a backup as a new version of the index.

    It is checked first. As after a rebuild, the last three versions stay, so rollback undoes this. A running service
    takes the version over.
    """
    from semsearch.cli.printing import print_json  # noqa: PLC0415
    from semsearch.index.backups.restore import restore_backup  # noqa: PLC0415

    restored = restore_backup(index or settings_of_environment().index, file)
    if as_json:
        print_json({"file": str(file)} | asdict(restored))
    else:
        typer.echo(
            f"the current version is {restored.index_version}: version {restored.restored_version} of {file}, "
            f"{restored.posts:,} posts"
        )
