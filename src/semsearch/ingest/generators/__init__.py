"""The rules of single generators that are too long for their modules in :mod:`semsearch.ingest.kinds`."""
