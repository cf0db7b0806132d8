"""How does another program ask the service? Plain values in, the answers of a Searcher out, over HTTP."""

from semsearch.client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
