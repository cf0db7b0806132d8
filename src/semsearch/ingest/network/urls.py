"""Addresses of the web: checked, in one spelling, and whether two are of the same site."""

from __future__ import annotations

import ipaddress
import re

import httpx

from semsearch.errors import InvalidAddress
from semsearch.ingest.network.addresses import is_ambiguous_number

_HOST = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_MAX_CHARACTERS = 8_000
"""Longer than any server accepts."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Parse an address, relative to ``base`` if given, and drop its fragment. Raises InvalidAddress."""
    text = text.strip()
    try:
        if len(text) > _MAX_CHARACTERS:
            raise InvalidAddress(f"{text[:80]}…", f"it is longer than {_MAX_CHARACTERS:,} characters")
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidAddress(text, str(error)) from error
    if url.scheme not in _DEFAULT_PORTS:
        raise InvalidAddress(text, "it does not begin with https:// or http://")
    if url.userinfo:
        raise InvalidAddress(f"{url.scheme}://{url.host}", "user names and passwords in addresses are not supported")
    host = url.raw_host.decode("ascii").removesuffix(".")
    _check_host(text, host)
    if url.port == 0 or (url.port or 0) > 65_535:
        raise InvalidAddress(text, f"there is no port {url.port}")
    return url.copy_with(host=host, raw_path=url.raw_path, fragment=None)


def is_same_site(url: httpx.URL, other: httpx.URL) -> bool:
    """Tell whether two addresses have the same host and port. ``www.`` and the scheme make no difference."""
    return _site(url) == _site(other)


def is_under(url: httpx.URL, start: httpx.URL) -> bool:
    """Tell whether the path of ``url`` is in the folder that ``start`` names.

    The folder of ``/blog/index.html`` is ``/blog/``; ``/blog`` names itself and what is below it.
    """
    folder, _, name = start.path.rpartition("/")
    if not name or "." in name:
        return url.path.startswith(f"{folder}/")
    return url.path == start.path or url.path.startswith(f"{start.path}/")


def origin_of(url: httpx.URL) -> str:
    """Scheme, host and port, as in ``https://example.org``."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _check_host(text: str, host: str) -> None:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError as error:
            raise InvalidAddress(text, f"{host} is no IPv6 address") from error
        if "%" in host:
            raise InvalidAddress(text, "zones of IPv6 addresses are not supported")
    elif not _HOST.fullmatch(host):
        raise InvalidAddress(text, f"{host!r} is no host name" if host else "it names no host")
    elif is_ambiguous_number(host):
        raise InvalidAddress(text, f"{host} is no IPv4 address of four decimal numbers")


def _site(url: httpx.URL) -> tuple[str, int | None]:
    return url.host.removeprefix("www."), url.port
