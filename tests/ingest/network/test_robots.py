from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.network.robots import Robots, Rule, parse_robots


def robots(*rules: str) -> Robots:
    return parse_robots("\n".join(["User-agent: *", *rules]).encode())


@pytest.mark.parametrize(
    ("rules", "allowed", "disallowed"),
    [
        (["Disallow: /private"], ["/", "/priv", "/a/private"], ["/private", "/private/a", "/privates"]),
        (["Disallow:"], ["/", "/a"], []),
        (["Disallow: /"], [], ["/", "/a"]),
        (["Disallow: /a", "Allow: /a/b"], ["/a/b", "/a/bc"], ["/a", "/a/c"]),
        (["Allow: /a", "Disallow: /a"], ["/a"], []),
        (["Disallow: /*.pdf$"], ["/a.pdf?x", "/pdf", "/a.pdfs"], ["/a.pdf", "/.pdf", "/a.pdf.pdf"]),
        (["Disallow: /a$"], ["/ab", "/a/"], ["/a"]),
        (["Disallow: /*?"], ["/a"], ["/a?", "/a?x=1"]),
        (["Disallow: *x*y"], ["/yx"], ["/xy", "/a/x/b/y/c"]),
        (["Disallow: /a*a$"], ["/a"], ["/aa", "/aba"]),
        (["Disallow: /caf%c3%a9"], ["/cafe"], ["/caf%C3%A9", "/café"]),
        (["Disallow: /café"], [], ["/caf%C3%A9"]),
        (["Disallow: /%7Eme"], [], ["/~me", "/%7eme"]),
        (["Disallow: /a%2Fb"], ["/a/b"], ["/a%2fb"]),
        (["Disallow: private"], ["/a"], ["/private"]),
    ],
)
def test_the_longest_rule_decides(rules: list[str], allowed: list[str], disallowed: list[str]) -> None:
    found = robots(*rules)

    assert [path for path in [*allowed, *disallowed] if found.allows(path)] == allowed


def test_the_group_for_this_program_replaces_the_one_for_all() -> None:
    found = parse_robots(b"User-agent: *\nDisallow: /\n\nUser-Agent: SemSearch/1.0\nDisallow: /a\nCrawl-delay: 2.5\n")

    assert (found.allows("/b"), found.allows("/a"), found.delay) == (True, False, 2.5)


def test_groups_for_several_agents_and_repeated_groups_are_joined() -> None:
    found = parse_robots(b"User-agent: x\nUser-agent: semsearch\nDisallow: /a\nUser-agent: semsearch\nDisallow: /b\n")

    assert [path for path in ("/a", "/b", "/c") if found.allows(path)] == ["/c"]


def test_an_agent_line_after_a_rule_begins_a_new_group() -> None:
    found = parse_robots(b"User-agent: x\nCrawl-delay: 9\nUser-agent: *\nDisallow: /a\n")

    assert (found.delay, found.allows("/a")) == (0.0, False)


def test_the_name_of_another_program_that_begins_alike_is_not_this_one() -> None:
    assert parse_robots(b"User-agent: semsearchbot\nDisallow: /\n").allows("/")


def test_sitemaps_belong_to_no_group() -> None:
    found = parse_robots(
        b"\xef\xbb\xbfSitemap: https://a.example/1.xml # main\r\nUser-agent: *\rsitemap:/2.xml\nDisallow: /x\n"
    )

    assert found.sitemaps == ("https://a.example/1.xml", "/2.xml")
    assert not found.allows("/x")


@pytest.mark.parametrize("delay", [b"", b"soon", b"-1", b"nan", b"1e9"])
def test_a_delay_that_is_no_number_is_ignored(delay: bytes) -> None:
    assert parse_robots(b"User-agent: *\nCrawl-delay: " + delay).delay == 0.0


@given(st.binary(max_size=200))
def test_any_content_is_a_robots_file(content: bytes) -> None:
    parse_robots(content).allows("/a")


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12), st.booleans())
def test_patterns_match_as_regular_expressions_do(pattern: str, path: str, is_whole: bool) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*"))) + ("$" if is_whole else "")

    assert Rule(False, pattern + "$" * is_whole).matches(path) == bool(re.match(expression, path))
