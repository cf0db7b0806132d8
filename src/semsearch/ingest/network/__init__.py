"""Sources on the web: a feed, a sitemap or a site → copies on disk that the readers of files can read.

Obeys robots.txt, asks for changes only, keeps what it has where a server fails, and stays away from the local network.
"""

from semsearch.ingest.network.fetched import Document, FetchedKind, FetchedSource, Progress
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.report import Failure, Skipped
from semsearch.ingest.network.sources import fetch_source

__all__ = ["Document", "Failure", "FetchedKind", "FetchedSource", "Limits", "Progress", "Skipped", "fetch_source"]
