from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.api.auth.keyring import Keyring, read_file, read_text
from semsearch.api.auth.keys import Key, digest_of
from semsearch.errors import KeysError
from semsearch.index import Filter

TODAY = dt.date(2026, 7, 1)
A, B = digest_of("a"), digest_of("b")
SECRET = "ssk_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Replaces the file, so that it counts as changed."""

    def write_file(content: str | bytes) -> Path:
        file, new = tmp_path / "keys.yaml", tmp_path / "new"
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        return new.replace(file)

    return write_file


def entry(name: str, digest: str, rest: str = "") -> str:
    return f"{{name: {name}, sha256: {digest}, scopes: [search]{rest}}}"


def keys(*entries: str) -> str:
    return f"keys: [{', '.join(entries)}]"


def names(keyring: Keyring) -> list[str]:
    return [key.name for key in keyring.current()]


# --- valid files ------------------------------------------------------------------------------------------------------


def test_all_fields_of_an_entry_are_read(write: Write) -> None:
    file = write(f"""\
keys:
  - name: site
    sha256: {A}
    scopes: [search, feedback]
    filter: {{tag: [public], author: [Ann, Ben], language: en, date_from: 2020-01-01, date_to: "2026-12-31"}}
    rate_per_minute: 600
    expires: 2027-01-31
  - name: operator
    sha256: {B}
    scopes: [admin]
""")
    assert read_file(file) == (
        Key(
            name="site",
            sha256=A,
            scopes=frozenset({"search", "feedback"}),
            filter=Filter(("public",), ("Ann", "Ben"), "en", dt.date(2020, 1, 1), dt.date(2026, 12, 31)),
            rate_per_minute=600,
            expires=dt.date(2027, 1, 31),
        ),
        Key("operator", B, frozenset({"admin"})),
    )


def test_json_is_read_too() -> None:
    content = {"keys": [{"name": "site", "sha256": A, "scopes": ["search"], "expires": "2027-01-31"}]}
    (key,) = read_text(json.dumps(content))
    assert (key.name, key.expires) == ("site", dt.date(2027, 1, 31))


def test_an_empty_list_of_keys_is_valid() -> None:
    assert read_text("keys: []") == ()


# --- invalid files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file: it is not a mapping; write keys: …"),
        ("{}", "keys: missing; write keys: [] for no keys"),
        ("keys:", "the file: keys has no value; write one, or leave the field out"),
        ("kyes: []", "the file: the key 'kyes' is not known; did you mean 'keys'?"),
        ("keys: {}", "keys: this is not a list"),
        ("keys: [site]", "keys, entry 1: it is not a mapping; write name: …, sha256: …"),
        (
            keys(entry("a", A), entry("b", B, ", scope: []")),
            "entry 2: the key 'scope' is not known; did you mean 'scopes'",
        ),
        (keys(f"{{sha256: {A}, scopes: [search]}}"), "keys, entry 1: name: not a valid name; write 1 to 64"),
        (keys("{name: a, scopes: [search]}"), "keys, entry 1: sha256: not 64 hexadecimal digits"),
        (keys(f"{{name: a, sha256: {A}}}"), "keys, entry 1: scopes: missing; write at least one of search, feedback"),
        (keys(f"{{name: a, sha256: {A}, scopes: [serach]}}"), "unknown scope 'serach'; did you mean 'search'?"),
        (keys(f"{{name: a, sha256: {A}, scopes: search}}"), "entry 1: scopes: this is not a list"),
        (keys(entry("a", A, ", filter: ")), "keys, entry 1: filter has no value; write one"),
        (keys(entry("a", A, ", filter: {tag: }")), "keys, entry 1: filter: tag has no value; write one"),
        (keys(entry("a", A, ", filter: {tag: x}")), "keys, entry 1: filter: tag: this is not a list"),
        (
            keys(entry("a", A, ", filter: {tag: [2024]}")),
            "filter: tag: 2024 is not a valid tag; write it between quotation",
        ),
        (keys(entry("a", A, ", filter: {tag: ['']}")), "filter: tag: '' is not a valid tag"),
        (keys(entry("a", A, ", filter: {tags: [x]}")), "filter: the key 'tags' is not known; did you mean 'tag'?"),
        (keys(entry("a", A, ", filter: {language: no}")), "keys, entry 1: language: False is not text"),
        (keys(entry("a", A, ", filter: {language: e}")), "keys, entry 1: language: 'e' is not a BCP 47 tag"),
        (keys(entry("a", A, ", filter: {date_from: May}")), "keys, entry 1: date_from: 'May' is not a day such as"),
        (keys(entry("a", A, ", rate_per_minute: 0")), "rate_per_minute: write a whole number from 1 to 1000000"),
        (keys(entry("a", A, ", expires: soon")), "keys, entry 1: expires: 'soon' is not a day such as"),
        (keys(entry("a", A, ", expires: 20270131")), "keys, entry 1: expires: 20270131 is not a day such as"),
        (keys(entry("a", A), entry("a", B)), "keys: two keys have the name 'a'; give each key its own name"),
        (keys(entry("a", A), entry("b", A)), "keys: 'a' and 'b' have the same sha256; make a new key with"),
        (keys(entry("a", A), entry("b", A.upper())), "keys: 'a' and 'b' have the same sha256"),
        ("keys: [\n{name: a,\nname: b}]", "line 3: duplicate key 'name'"),
        ("keys: &a []\nx: *a", "line 2: aliases"),
        ("keys: [a", "it is not YAML: line 1, column 7: "),
    ],
)
def test_an_error_names_the_place_and_the_fix(write: Write, content: str, message: str) -> None:
    file = write(content)
    with pytest.raises(KeysError) as caught:
        read_file(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)
    with pytest.raises(KeysError) as caught:
        read_text(content)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        keys(entry("site", SECRET)),
        keys(entry(SECRET, A)),
        keys(f"{{{SECRET}: search}}"),
        keys(entry("site", A, f", filter: {{language: {SECRET}}}")),
        f"keys: [{{{SECRET}: a,\n{SECRET}: b}}]",
        f"keys: {{sha256: {SECRET}",
        f"keys: [!{SECRET} a]",
        SECRET,
    ],
)
def test_a_misplaced_secret_is_not_repeated_in_the_error(content: str) -> None:
    with pytest.raises(KeysError) as caught:
        read_text(content)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_file_is_an_error_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match=r"the file is missing; create it \(semsearch key makes a key\)"):
        Keyring(tmp_path / "keys.yaml")


# --- reloading --------------------------------------------------------------------------------------------------------


def test_keys_of_a_file_and_a_text_are_both_valid(write: Write) -> None:
    keyring = Keyring(write(keys(entry("one", A))), keys(entry("two", B)))
    assert [keyring.find(secret, TODAY) for secret in "abc"] == [*reversed(keyring.current()), None]
    assert names(Keyring(text=keys(entry("two", B)))) == ["two"]
    assert names(Keyring()) == []


def test_a_file_and_a_text_must_not_have_the_same_key(write: Write) -> None:
    for both in (entry("one", B), entry("two", A)):
        with pytest.raises(KeysError, match=r"two keys have the name 'one'|have the same sha256"):
            Keyring(write(keys(entry("one", A))), keys(both))


def test_keys_are_reloaded_when_the_file_changes(write: Write) -> None:
    keyring = Keyring(write(keys(entry("site", A))))
    assert keyring.find("a", TODAY)
    write(keys(entry("site", A), entry("site-2", B)))
    assert keyring.find("b", TODAY) is None, "not reloaded yet"
    keyring.reload()
    assert keyring.find("a", TODAY)
    assert keyring.find("b", TODAY)
    write(keys(entry("site-2", B)))
    keyring.reload()
    assert keyring.find("a", TODAY) is None
    assert keyring.find("b", TODAY)
    write("keys: []")
    keyring.reload()
    assert keyring.find("b", TODAY) is None


@pytest.mark.parametrize("lost", ["", "keys:", "keys: [", keys(entry("site", SECRET)), keys(entry("text", B)), None])
def test_previous_keys_stay_valid_while_the_file_is_invalid_or_missing_which_is_logged_once(
    write: Write, caplog: pytest.LogCaptureFixture, lost: str | None
) -> None:
    caplog.set_level(logging.ERROR)
    file = write(keys(entry("site", A)))
    keyring = Keyring(file, keys(entry("text", digest_of("text"))))
    if lost is None:
        file.unlink()
    else:
        write(lost)
    for _ in range(3):
        keyring.reload()
        assert names(keyring) == ["text", "site"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert f"{file}: " in caplog.text
    assert "the previous content stays in use" in caplog.text
    assert SECRET not in caplog.text
    write(keys(entry("other", B)))
    keyring.reload()
    assert names(keyring) == ["text", "other"]
