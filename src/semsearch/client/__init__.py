"""HTTP clients for the service, with the methods and results of a ``Searcher``."""

from semsearch.client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
