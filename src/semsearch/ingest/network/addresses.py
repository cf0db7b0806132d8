"""Which IP addresses and host names belong to the public internet?"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

# The special-purpose registry of IANA (RFC 6890), with multicast and the former class E.
_NOT_PUBLIC_4: Mapping[ipaddress.IPv4Network, str] = {
    ipaddress.IPv4Network(network): what
    for network, what in {
        "0.0.0.0/8": "this machine",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "the host of an Azure machine",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "for documentation",
        "192.31.196.0/24": "reserved",
        "192.52.193.0/24": "reserved",
        "192.88.99.0/24": "a 6to4 relay",
        "192.168.0.0/16": "private",
        "192.175.48.0/24": "reserved",
        "198.18.0.0/15": "for benchmarks",
        "198.51.100.0/24": "for documentation",
        "203.0.113.0/24": "for documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
"""The only IPv6 addresses that are given out; all others are local, multicast or reserved."""
_NOT_PUBLIC_6: Mapping[ipaddress.IPv6Network, str] = {
    ipaddress.IPv6Network(network): what
    for network, what in {
        "2001::/23": "for protocols such as Teredo",
        "2001:db8::/32": "for documentation",
        "2002::/16": "6to4",
        "3fff::/20": "for documentation",
    }.items()
}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: IPv4 addresses as networks without IPv4 see them."""
_LOCAL_DOMAINS = ("localhost", "local", "internal", "home.arpa", "localdomain")
"""Domains that public DNS does not serve (RFC 6761, 6762, 8375, and ICANN's ``internal``)."""
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def why_not_public(address: str) -> str | None:
    """Return what an IP address is instead of public, as ``loopback``; None for a public one.

    Raises ValueError if it is no IP address.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or (ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF) if parsed in _NAT64 else None)
        if embedded is None:
            return _why_not_public_6(parsed)
        parsed = embedded
    return next((what for network, what in _NOT_PUBLIC_4.items() if parsed in network), None)


def is_local_name(host: str) -> bool:
    """Tell whether a host name in lower case is in a domain of the local network, such as ``printer.local``."""
    return any(host == domain or host.endswith(f".{domain}") for domain in _LOCAL_DOMAINS)


def is_ambiguous_number(host: str) -> bool:
    """Tell whether some systems read a host as an IPv4 address although it is not written as one: ``0x7f.1``.

    The rule is that of browsers (WHATWG URL, 3.5): a host whose last part is a number is an IPv4 address.
    """
    if not _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


def _why_not_public_6(address: ipaddress.IPv6Address) -> str | None:
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast:
        return "multicast"
    if address not in _GLOBAL_6:
        return "private or reserved"
    return next((what for network, what in _NOT_PUBLIC_6.items() if address in network), None)
