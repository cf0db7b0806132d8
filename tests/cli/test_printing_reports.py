from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.cli.printing import print_diagnosis, print_exported, print_report
from semsearch.exporting import ExportResult
from semsearch.index.boilerplate import Boilerplate
from semsearch.rebuilding import Report
from semsearch.relating.doctor import Diagnosis, PostRef, TagSuggestion, ThinPost, UntaggedPost
from semsearch.relating.site import Hub, SiteReport

LONG = "A title that goes on and on " * 8
NO_FINDINGS = Diagnosis(
    posts=7, index_version="v", duplicates=(), orphans=(), hubs=(), thin=(), undated=(), untagged=(), boilerplate=()
)
SITE = SiteReport(changed=None, compared=0, orphans=2, hubs=())
REPORT = Report(
    version="v",
    posts=7,
    passages=9,
    embedded=8,
    reused=1,
    rejections=(),
    rejected=0,
    seconds=1.25,
    stages={},
    model="m",
    encoder="e",
    related=SITE,
)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


# --- rebuild ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("related", "line"),
    [
        (SITE, "related lists: 2 posts are in none; see: semsearch doctor"),
        (
            replace(SITE, changed=3, compared=6),
            "related lists: 3 of 6 changed, 2 posts are in none; see: semsearch doctor",
        ),
        (
            replace(SITE, changed=0, compared=6, hubs=(Hub("a", "A", 41), Hub("b", "B", 30))),
            "related lists: 0 of 6 changed, 2 posts are in none, one is in 41; see: semsearch doctor",
        ),
    ],
    ids=["first", "changed", "hubs"],
)
def test_a_rebuild_reports_changes_of_related_lists(
    related: SiteReport, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_report(replace(REPORT, related=related))
    first, second = _lines(capsys)
    assert first.startswith("version v: 7 posts, 9 passages (8 embedded, 1 reused), 0 rejected, in 1.2 s")
    assert second == line


def test_an_export_prints_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    print_exported(ExportResult(posts=7, written=3, removed=2, empty=1, index_version="v"), Path("site/lists"))
    assert _lines(capsys) == ["site/lists: 7 lists of version v, 1 of them empty; 3 files written, 2 removed"]


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_tables_without_rows_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_diagnosis(NO_FINDINGS)
    assert _lines(capsys) == ["version v, 7 posts"]


def test_each_row_of_a_table_has_details_title_and_id(capsys: pytest.CaptureFixture[str]) -> None:
    tags = (TagSuggestion("water", 0.75), TagSuggestion("stone", 0.5))
    print_diagnosis(
        replace(
            NO_FINDINGS,
            duplicates=((PostRef("a", "First"), PostRef("b", "Again\nand again")),),
            orphans=(PostRef("c", "Alone"),),
            hubs=(Hub("d", "Often", 120), Hub("e", "Less", 40)),
            thin=(ThinPost("f", "ThinPost", "Short."), ThinPost("g", "Thinner", "")),
            undated=(PostRef("h", "Whenever"),),
            untagged=(UntaggedPost("i", "Bare", tags), UntaggedPost("j", "Barer", ())),
        )
    )
    assert _lines(capsys) == [
        "version v, 7 posts",
        "",
        "near-duplicates: search shows one of each group (1)",
        "  2 posts  First = Again and again  [a]",
        "",
        "orphans: in no related list (1)",
        "  Alone  [c]",
        "",
        "hubs: in very many related lists (2)",
        "  120 lists  Often  [d]",
        "  40 lists   Less  [e]",
        "",
        "thin teasers (2)",
        "  6 characters  ThinPost  [f]",
        "  0 characters  Thinner  [g]",
        "",
        "no date (1)",
        "  Whenever  [h]",
        "",
        "no tags; suggestions from related posts (2)",
        "  water 0.75, stone 0.50  Bare  [i]",
        "  –                       Barer  [j]",
    ]


@pytest.mark.parametrize(("count", "more"), [(20, None), (21, "  … and 1 more; --json prints all")])
def test_a_table_has_at_most_20_rows(count: int, more: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    print_diagnosis(replace(NO_FINDINGS, undated=tuple(PostRef(f"{number}", "Whenever") for number in range(count))))
    lines = _lines(capsys)
    assert lines[2] == f"no date ({count})"
    assert lines[22] == "  Whenever  [19]"
    assert lines[23:] == ([more] if more else [])


@pytest.mark.parametrize("name", ["q", "a-slug-that-says-it-all-" * 8])
def test_lines_have_at_most_100_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    tags = tuple(TagSuggestion(LONG, 0.5) for _ in range(3))
    print_diagnosis(
        replace(
            NO_FINDINGS,
            duplicates=((PostRef(name, LONG),) * 9,),
            orphans=(PostRef(name, LONG),),
            hubs=(Hub(name, LONG, 1_000_000),),
            untagged=(UntaggedPost(name, LONG, tags),),
        )
    )
    assert max(map(len, _lines(capsys))) <= 100


def test_boilerplate_has_the_number_of_posts_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    print_diagnosis(replace(NO_FINDINGS, boilerplate=(Boilerplate("Please donate\nto us.", 44, "tides"),)))
    assert _lines(capsys)[2:] == [
        "boilerplate: left out of search, related posts and texts (1)",
        "  44 posts  Please donate to us.  [tides]",
    ]


def test_languages_that_the_model_was_not_trained_for_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(replace(REPORT, unknown_languages={"de": 30, "fr": 2}))
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith("32 posts are in languages that ")
    assert "(30 in de, 2 in fr)" in line
    assert "--model" in line
