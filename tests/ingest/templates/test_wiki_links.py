from __future__ import annotations

import pytest

from semsearch.ingest.templates.wiki_links import plain_markdown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[[Page]] and [[folder/Page|text]]", "Page and text"),
        ("[[Page#Heading]] [[#Heading]]", "Page Heading"),
        ("a ![[image.png|300]] b", "a  b"),
        ("a ==marked== b", "a marked b"),
        ("[[1]](https://example.org) a == b == c", "[[1]](https://example.org) a == b == c"),
        ("`[[Page]]` and ==`x`==", "`[[Page]]` and `x`"),
        ("100%% and 5%% ^up", "100%% and 5%% ^up"),
    ],
)
def test_links_become_their_text(source: str, expected: str) -> None:
    assert plain_markdown(source) == expected


def test_comments_and_block_names_of_a_vault_go() -> None:
    assert plain_markdown("a %% hidden\n text %% b ^block-1\nc", is_vault=True) == "a  b\nc"
