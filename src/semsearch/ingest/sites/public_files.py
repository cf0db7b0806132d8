"""A file named in front matter → its address, on sites whose build renames files that lie beside posts."""

from __future__ import annotations

from semsearch.ingest.sites.addresses import join


def public_address(name: str, base: str) -> str:
    """Return the address of a file that is served as it is; empty for a relative one, which the build renames."""
    return join(base, name) if name.startswith("/") or "://" in name[:12] else ""
