"""Each kind of static site reads its example: expected entries and notes are in ``golden/<kind>/expected.json``."""

from __future__ import annotations

import pytest

from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty, Kind
from semsearch.ingest.kinds import eleventy, hugo, jekyll, kinds, zola
from tests.ingest.site_examples import GOLDEN, as_json, golden

KINDS: list[Kind] = [eleventy.KIND, hugo.KIND, jekyll.KIND, zola.KIND]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_example_of_a_kind_yields_what_its_file_says(kind: Kind) -> None:
    assert as_json(kind, GOLDEN / kind.name / "site") == golden(kind.name)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_example_of_a_kind_is_recognised_by_that_kind_alone(kind: Kind) -> None:
    files = open_files(GOLDEN / kind.name / "site")
    certain = [
        name
        for name, other in kinds().items()
        if other in KINDS and (evidence := other.detect(files)) and evidence.certainty is Certainty.CERTAIN
    ]
    assert certain == [kind.name]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_posts_have_the_same_addresses_when_only_their_folder_is_read(kind: Kind) -> None:
    part = {"hugo": "content/posts", "jekyll": "_posts", "zola": "content/trail", "eleventy": "src/posts"}[kind.name]
    whole = {entry["address"] for entry in golden(kind.name)["entries"] if entry["file"].startswith(f"{part}/")}
    assert {entry["address"] for entry in as_json(kind, GOLDEN / kind.name / "site" / part)["entries"]} == whole
