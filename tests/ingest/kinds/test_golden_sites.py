from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty, Kind
from semsearch.ingest.kinds import astro, docusaurus, markdown, mkdocs, pelican
from tests.ingest.kinds.golden_sites import as_json, records

GOLDEN = Path(__file__).parent / "golden"
KINDS: list[Kind] = [astro.KIND, docusaurus.KIND, markdown.KIND, mkdocs.KIND, pelican.KIND]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_golden_site_gives_the_entries_beside_it(kind: Kind) -> None:
    expected = (GOLDEN / kind.name / "expected.json").read_text()
    assert as_json(records(kind, GOLDEN / kind.name / "site")) == expected


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_golden_site_is_recognised_by_its_kind(kind: Kind) -> None:
    evidence = kind.detect(open_files(GOLDEN / kind.name / "site"))
    assert evidence is not None
    assert evidence.certainty is (Certainty.POSSIBLE if kind is markdown.KIND else Certainty.CERTAIN)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not markdown.KIND], ids=lambda kind: kind.name)
def test_other_sites_are_not_recognised(kind: Kind) -> None:
    others = [other.name for other in KINDS if other is not kind]
    assert [name for name in others if kind.detect(open_files(GOLDEN / name / "site"))] == []
