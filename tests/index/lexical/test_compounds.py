from __future__ import annotations

from pathlib import Path

from semsearch.analysis.compounds import Compounds, Part
from semsearch.index.lexical.compounds import (
    CompoundFinder,
    compound_words,
    own_compounds,
    read_compounds,
    write_compounds,
)
from semsearch.posts import Post
from tests.index.builders import post


def found(*posts: Post) -> Compounds:
    finder = CompoundFinder()
    for one in posts:
        finder.add(one, compound_words(one))
    return finder.find()


def test_words_whose_parts_are_words_of_the_language_are_compounds() -> None:
    compounds = found(
        post("0", title="Das Gartenhaus", language="de"),
        post("1", title="Ein Haus", body="Im Garten.", language="de-AT"),
        post("2", title="Båden", tags=("havehus",), language="da"),
    )
    assert compounds["de"] == {"gartenhaus": (Part("garten", 0, 6), Part("haus", 6, 10))}
    assert compounds["da"] == {}, "words of another language do not count"


def test_stems_are_parts_and_stop_words_are_none() -> None:
    compounds = found(post("0", title="Schulhof, Schule, Hof und Ausgabe, aus, Gabe", language="de"))
    assert set(compounds["de"]) == {"schulhof"}


def test_languages_without_compounds_have_none() -> None:
    assert found(post("0", title="basketball basket ball")) == {}
    assert compound_words(post("0", title="basketball")) == {}


def test_a_post_has_those_compounds_that_are_among_its_words() -> None:
    one, other = post("0", title="Gartenhaus Haus Garten", language="de"), post("1", title="Haus", language="de")
    compounds = found(one, other)
    assert [word for word, _ in own_compounds(one, compound_words(one), compounds)] == ["gartenhaus"]
    assert own_compounds(other, compound_words(other), compounds) == ()


def test_compounds_are_read_as_they_were_written(tmp_path: Path) -> None:
    compounds = found(post("0", title="Gartenhaus Häuschen Haus Garten", language="de"))
    write_compounds(tmp_path, compounds)
    assert read_compounds(tmp_path) == compounds
