"""How is an index asked over HTTP? Requests in, JSON or a page out; thin over search."""

from semsearch.api.app import create_app

__all__ = ["create_app"]
