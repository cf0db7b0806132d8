"""Runs the command line: ``python -m semsearch`` is the same as ``semsearch``."""

from semsearch.cli import main

main()
