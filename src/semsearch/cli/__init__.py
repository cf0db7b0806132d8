"""The command line, ``semsearch``. Commands print text for people, or one JSON object with ``--json``."""

from semsearch.cli.app import main

__all__ = ["main"]
