from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from semsearch.api.auth.keyring import Keyring, read_text
from semsearch.api.auth.keys import Key, digest_of
from semsearch.index import Filter
from tests.builders import Command

TODAY = dt.date(2026, 7, 1)


def test_the_printed_entry_accepts_the_printed_key(command: Command, tmp_path: Path) -> None:
    words = ["--scope", "search", "--scope", "feedback", "--tag", "public", "--tag", "x", "--author", "Ann"]
    words += ["--language", "en", "--rate-per-minute", "60", "--expires", "2026-07-01"]
    outcome = command("key", "site", *words)
    assert (outcome.code, outcome.err) == (0, "")
    secret = next(line for line in outcome.out.splitlines() if line.startswith("ssk_"))
    lines = "".join(f"{line}\n" for line in outcome.out.splitlines() if line.startswith("  "))
    (tmp_path / "keys.yaml").write_text(f"keys:\n{lines}", encoding="utf-8")
    chosen = Filter(tags=("public", "x"), authors=("Ann",), language="en")
    assert Keyring(tmp_path / "keys.yaml").find(secret, TODAY) == Key(
        "site", digest_of(secret), frozenset({"search", "feedback"}), chosen, 60, TODAY
    )
    assert outcome.out.count(secret) == 1


def test_json_output_has_the_key_and_its_entry(command: Command) -> None:
    content = json.loads(command("key", "site", "--json").out)
    assert content == {
        "key": content["key"],
        "entry": {"name": "site", "sha256": digest_of(content["key"]), "scopes": ["search"]},
    }
    assert read_text(json.dumps({"keys": [content["entry"]]}))[0].is_valid_on(TODAY)


def test_nothing_is_written_to_disk(command: Command, tmp_path: Path) -> None:
    command("key", "site")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["two words"], "name: not a valid name"),
        (["site", "--expires", "soon"], "expires: 'soon' is not a day"),
        (["site", "--language", "e"], "language: 'e' is not a BCP 47 tag"),
        (["site", "--rate-per-minute", "0"], "rate_per_minute: write a whole number from 1 to 1000000"),
    ],
)
def test_invalid_options_are_wrong_usage(command: Command, words: list[str], message: str) -> None:
    outcome = command("key", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
