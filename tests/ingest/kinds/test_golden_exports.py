"""Each export in ``golden/<kind>/`` gives the entries and notes in ``golden/<kind>.expected``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty, Kind, Options
from semsearch.ingest.kinds import blogger, ghost, kinds, medium, notion, substack, wordpress
from tests.ingest.reading import check_golden

GOLDEN = Path(__file__).parent / "golden"
KINDS: list[Kind] = [blogger.KIND, ghost.KIND, medium.KIND, notion.KIND, substack.KIND, wordpress.KIND]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_export_gives_the_entries_beside_it(kind: Kind) -> None:
    check_golden(kind, GOLDEN / kind.name, GOLDEN / f"{kind.name}.expected")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_export_is_recognised_by_its_kind_alone(kind: Kind, tmp_path: Path) -> None:
    files = open_files(shutil.copytree(GOLDEN / kind.name, tmp_path / "export"))
    certain = [
        other.name
        for other in kinds().values()
        if (evidence := other.detect(files)) and evidence.certainty is Certainty.CERTAIN
    ]
    assert certain == [kind.name]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_e_mail_address_and_no_secret_leaves_the_export(kind: Kind) -> None:
    records = str(list(kind.read(open_files(GOLDEN / kind.name), Options())))
    secrets = ("@kiln.example", "@mail.example", "noreply@", "secret-key", "PRIVATE KEY", "$2a$")
    assert [secret for secret in secrets if secret in records] == []
