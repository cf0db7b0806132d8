from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.network.addresses import is_ambiguous_number, is_local_name, why_not_public


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8",
     "64:ff9b::8.8.8.8"],
)  # fmt: skip
def test_public_addresses_are_public(address: str) -> None:
    assert why_not_public(address) is None


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("0.0.0.0", "this machine"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("169.254.169.254", "link-local"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("224.0.0.251", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("198.18.0.1", "for benchmarks"),
        ("203.0.113.9", "for documentation"),
        ("::1", "loopback"),
        ("::", "private or reserved"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fd00:ec2::254", "private or reserved"),
        ("fec0::1", "private or reserved"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "for documentation"),
        ("2001::1", "for protocols such as Teredo"),
        ("2002:7f00:1::", "6to4"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::127.0.0.1", "private or reserved"),
        ("64:ff9b::127.0.0.1", "loopback"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::10.0.0.1", "private or reserved"),
    ],
)
def test_other_addresses_say_what_they_are(address: str, what: str) -> None:
    assert why_not_public(address) == what


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_that_python_calls_private_is_public(address: ipaddress.IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved:
        assert why_not_public(str(address)) is not None
        assert why_not_public(f"::ffff:{address}") is not None
        assert why_not_public(f"64:ff9b::{address}") is not None


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_private_is_public(address: ipaddress.IPv6Address) -> None:
    has_ipv4_address = address.ipv4_mapped is not None or address in ipaddress.IPv6Network("64:ff9b::/96")
    if not has_ipv4_address and (address.is_private or address.is_multicast or address.is_reserved):
        assert why_not_public(str(address)) is not None


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "printer.local", "db.internal", "nas.home.arpa"])
def test_names_of_the_local_network_are_known(host: str) -> None:
    assert is_local_name(host)


@pytest.mark.parametrize("host", ["example.org", "local.example.org", "notlocal", "internal.example"])
def test_other_names_are_not_local(host: str) -> None:
    assert not is_local_name(host)


@pytest.mark.parametrize(
    "host", ["2130706433", "017700000001", "0x7f000001", "127.1", "0x7f.1", "0177.0.0.1", "1.2.3.4.5"]
)
def test_numbers_that_some_systems_read_as_addresses_are_ambiguous(host: str) -> None:
    assert is_ambiguous_number(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "example.org", "1.example.org", "0x.org", "a1"])
def test_names_and_plain_addresses_are_not_ambiguous(host: str) -> None:
    assert not is_ambiguous_number(host)
