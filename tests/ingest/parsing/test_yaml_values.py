from __future__ import annotations

import pytest

from semsearch.ingest.parsing.yaml_values import InvalidYaml, load


def test_scalars_stay_text_except_null_true_and_false() -> None:
    text = (
        "slug: 1\nversion: 3.0\nlang: no\ntags: [on, 2013-01-01, 1_000]\ndraft: true\nquoted: 'false'\nempty:\ntilde: ~"
    )
    assert load(text) == {
        "slug": "1", "version": "3.0", "lang": "no", "tags": ["on", "2013-01-01", "1_000"],
        "draft": True, "quoted": "false", "empty": None, "tilde": None,
    }  # fmt: skip


def test_keys_are_text() -> None:
    assert load("2013: a\ntrue: b\n? [x]\n: c") == {"2013": "a", "True": "b"}


def test_an_impossible_date_is_text_and_harms_nothing() -> None:
    assert load("date: 2024-02-30\ntitle: x") == {"date": "2024-02-30", "title": "x"}


def test_an_alias_stands_for_its_value() -> None:
    assert load("a: &x {k: v}\nb: *x\nc:\n  <<: *x\n  m: n") == {
        "a": {"k": "v"},
        "b": {"k": "v"},
        "c": {"m": "n", "k": "v"},
    }


def test_aliases_cannot_multiply_without_bound() -> None:
    levels = "\n".join(
        f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]" for below, name in zip("abcdef", "bcdefg", strict=True)
    )
    with pytest.raises(InvalidYaml, match="counting each use of an alias"):
        load(f"a: &a [{', '.join('0123456789')}]\n{levels}")


@pytest.mark.parametrize("text", ["a: &a [*a]", "&a {k: *a}", "[" * 200 + "]" * 200])
def test_an_alias_within_itself_and_deep_nesting_are_refused(text: str) -> None:
    with pytest.raises(InvalidYaml):
        load(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!null x", None),
        ("!!bool true", True),
        ("!!bool no", "no"),
        ("!!str null", "null"),
        ("! true", True),
        ("!!map {a: b}", {"a": "b"}),
    ],
)
def test_a_tag_decides_whether_a_scalar_is_text(text: str, value: object) -> None:
    assert load(text) == value


def test_tags_make_no_objects() -> None:
    assert load("a: !!python/object/apply:os.system [ls]") == {"a": ["ls"]}


def test_an_error_names_its_line() -> None:
    with pytest.raises(InvalidYaml) as caught:
        load("title: a\ntags: b: c\nbody: d")
    assert caught.value.line == 2


def test_a_tab_after_a_list_dash_is_read() -> None:
    assert load("tags:\n-\tx\n-\ty\nnote: a\tb") == {"tags": ["x", "y"], "note": "a\tb"}


@pytest.mark.parametrize("text", ["\x00", "a: \x07", "\ud800"])
def test_characters_that_yaml_forbids_are_an_error(text: str) -> None:
    with pytest.raises(InvalidYaml):
        load(text)
