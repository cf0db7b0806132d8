from __future__ import annotations

import pytest

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates.mkdocs import plain_markdown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('a\n--8<-- "b.md"\nc', "a\n\nc"),
        ("a\n--8<--\nb.md\nc.md\n--8<--\nd", "a\n\nd"),
        (":material-check:{ .green } done :octicons-tag-24:", " done "),
        ("Press ++ctrl+alt+delete++.", "Press ctrl+alt+delete."),
        ("[TOC]\ntext", "\ntext"),
        ("HTML\n*[HTML]: Hyper Text", "HTML\n"),
        ("{{ name }} {% x %}", "{{ name }} {% x %}"),
        ("C++ and D++ at 10:30:15", "C++ and D++ at 10:30:15"),
        ('```\n--8<-- "b.md"\n++a++\n```', '```\n--8<-- "b.md"\n++a++\n```'),
    ],
)
def test_extensions_become_plain(source: str, expected: str) -> None:
    assert plain_markdown(source) == expected


def test_macros_are_unknown_values_outside_of_code() -> None:
    source = "The version is {{ config.version }}.{# why #}{% if a %} Yes `{{ b }}`.{% endif %}"
    assert plain_markdown(source, has_macros=True) == f"The version is {HOLE}. Yes `{{{{ b }}}}`."


@pytest.mark.timeout(30)
@pytest.mark.parametrize("mark", ["{%", "{# ", "{{"])
def test_marks_that_never_end_take_no_time(mark: str) -> None:
    assert plain_markdown(mark * 200_000, has_macros=True) == mark * 200_000
