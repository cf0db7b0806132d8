"""Phrases in reasons: each kind of noise, and what is named instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from semsearch.analysis.stems import Analyzer
from semsearch.index.phrases import KeyPhrases, PhraseReader, PhrasesWriter
from semsearch.posts import Post
from semsearch.search.shared_phrases import shared_phrases

FILLER = [Post(id=f"f{n}", title=f"Cheese {n}", teaser=f"Of the {n}th cheese: brie, gouda.") for n in range(30)]
SUBJECTS = ("glass harmonicas", "iron bridges", "salt marshes", "paper boats", "steam organs", "stone lions")


def _phrases(folder: Path, posts: Sequence[Post], filler: Sequence[Post] = FILLER) -> list[str]:
    """What the first two posts are both about, in a corpus with the filler."""
    every, reader, writer = [*posts, *filler], PhraseReader.with_own_words(), PhrasesWriter()
    for post in every:
        writer.add(reader.count(post))
    writer.save(folder)
    phrases = KeyPhrases.open(folder)
    return list(shared_phrases(every[0], every[1], phrases.of(0), phrases.of(1), 3))


def _pair(one: str, other: str, **fields: Any) -> list[Post]:
    """Two posts with these teasers."""
    return [
        Post(id=name, title=f"On {name}", teaser=text, **fields) for name, text in (("ferns", one), ("moss", other))
    ]


def test_a_phrase_of_several_words_is_named_as_a_whole_and_as_the_related_post_writes_it(tmp_path: Path) -> None:
    pair = _pair("The presidential innovation fellows met.", "All of the Presidential Innovation Fellows are hired.")
    assert _phrases(tmp_path, pair) == ["Presidential Innovation Fellows"]


def test_names_with_small_words_inside_are_one_phrase(tmp_path: Path) -> None:
    pair = _pair("He joined the Ministry of the Harbours.", "It is up to the Ministry of the Harbours.")
    assert _phrases(tmp_path, pair) == ["Ministry of the Harbours"]


@pytest.mark.parametrize("name", ["GPT-3", "TypedDict", "node.js", "FEC", "C++"])
def test_acronyms_and_identifiers_are_named(tmp_path: Path, name: str) -> None:
    assert _phrases(tmp_path, _pair(f"We use {name} here.", f"Why is it that {name} is so hard?")) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world! Coming soon.",  # greetings and fragments
        "Here is how we made it better and learned more, read on.",  # general words
        "It was launched in October 2014, on a Monday.",  # dates
        "See https://cheese.example/glass-harmonicas for it.",  # addresses
        "This is the first part of the blog, version 3.",  # what is read
        "It was preserved quickly.",  # no nouns
    ],
)
def test_what_any_post_may_say_is_not_named(tmp_path: Path, text: str) -> None:
    assert _phrases(tmp_path, _pair(text, text)) == []


def test_a_plain_word_is_named_if_both_posts_are_full_of_it_and_it_is_in_a_title(tmp_path: Path) -> None:
    def posts(title: str, teaser: str) -> list[Post]:
        return [Post(id=name, title=title, teaser=teaser) for name in ("one", "two")]

    assert _phrases(tmp_path, posts("Of violins", "Why violins?")) == ["violins"]
    assert _phrases(tmp_path, posts("Of them", "Why violins? We have violins.")) == []
    assert _phrases(tmp_path, posts("Of them", "Why violins?")) == []


def test_a_mention_in_passing_is_not_named(tmp_path: Path) -> None:
    bodies = ("All about ferns. " + "It grows. " * 40 + f"As {who} said of glass harmonicas." for who in "ab")
    pair = [Post(id=f"p{n}", title="It", teaser="Why?", body=body) for n, body in enumerate(bodies)]
    assert _phrases(tmp_path, pair) == []


def test_what_many_posts_are_about_is_not_named(tmp_path: Path) -> None:
    pair = _pair("Of glass harmonicas, and of Paris.", "Glass harmonicas of Paris.")
    assert "Paris" in _phrases(tmp_path, pair)
    common = [Post(id=f"c{n}", title=f"It {n}", teaser="He lives in Paris with glass harmonicas.") for n in range(10)]
    assert _phrases(tmp_path, pair, [*FILLER, *common]) == []


def test_the_name_of_the_site_and_authors_are_not_named(tmp_path: Path) -> None:
    pair = [
        Post(id=f"p{n}", title=f"It {n}", teaser=text, url=f"https://www.fieldnote.example/{n}", authors=("Ann Ferry",))
        for n, text in enumerate(["We met Fieldnote and Ann Ferry.", "As of now Fieldnote has Ann Ferry."])
    ]
    assert _phrases(tmp_path, pair) == []


def test_the_speaker_of_an_interview_is_not_named(tmp_path: Path) -> None:
    assert _phrases(tmp_path, _pair("MK: What is it? MK: Why?", "MK: Where is it? MK: Who?")) == []


def test_neither_tags_of_both_posts_nor_their_parts_are_named_again(tmp_path: Path) -> None:
    pair = [
        Post(id=name, title=f"Of {name}", teaser="Iron bridges and glass harmonicas.", tags=("Glass Harmonicas",))
        for name in ("one", "two")
    ]
    assert _phrases(tmp_path, pair) == ["Iron bridges"]


def test_a_tag_of_one_post_is_named_if_the_other_writes_of_it(tmp_path: Path) -> None:
    pair = [
        Post(id="one", title="It", teaser="All about glass harmonicas."),
        Post(id="two", title="That", teaser="Why?", tags=("Glass harmonicas",)),
    ]
    assert _phrases(tmp_path, pair) == ["Glass harmonicas"]


def test_phrases_do_not_overlap(tmp_path: Path) -> None:
    pair = _pair("Quiet glass harmonicas sing.", "Quiet glass harmonicas sing, and iron bridges.")
    found = _phrases(tmp_path, pair)
    assert len(found) == 1
    assert "glass harmonicas" in found[0]


def test_no_more_than_the_limit_are_given(tmp_path: Path) -> None:
    text = "; ".join(SUBJECTS)
    assert len(_phrases(tmp_path, _pair(text, text))) == 3


def test_another_word_with_the_same_stem_is_not_shared(tmp_path: Path) -> None:
    pair = [
        Post(id="one", title="Market", teaser="Why is it at the market?"),
        Post(id="two", title="Marketing", teaser="Why is it in marketing?"),
    ]
    assert Analyzer().terms("market marketing") == ["market", "market"]
    assert _phrases(tmp_path, pair) == []


def test_phrases_of_other_languages_are_found(tmp_path: Path) -> None:
    german = _pair("Wir bauen eine Glasharmonika.", "Hier ist die Glasharmonika zu hören.", language="de")
    assert _phrases(tmp_path, german) == ["Glasharmonika"]
    japanese = _pair("私は東京が好きです", "東京タワーを見る", language="ja")
    assert _phrases(tmp_path, japanese) == ["東京"]
    french = _pair("De l'apprentissage automatique.", "Sur apprentissage automatique.", language="fr")
    assert _phrases(tmp_path, french) == ["apprentissage automatique"]
