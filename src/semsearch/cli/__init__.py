"""What does `semsearch …` do? Words of a command line in, text or one JSON object out; thin over the functions."""

from semsearch.cli.commands import main

__all__ = ["main"]
