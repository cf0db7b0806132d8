"""``python -m semsearch`` is ``semsearch``."""

from semsearch.cli import main

main()
