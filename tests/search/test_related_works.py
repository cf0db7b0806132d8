"""Related lists have one edition of each work. Also related posts with curation and with older versions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.search import Searcher
from semsearch.search.curation import CurationFile
from tests.relating.builders import PLAIN
from tests.search.fakes import Planted, planted, searcher_of

MANY = 300


def _searcher(folder: Path, posts: Sequence[Planted], texts: Sequence[str] = ()) -> Searcher:
    return searcher_of(folder / "version", posts, dict.fromkeys(texts, (1.0, 0.0)), scales=PLAIN)


def _found(searcher: Searcher, *post_ids: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.related(*post_ids, **{"diversity": 0, "min_confidence": 0} | parameters).hits]


# --- copies -----------------------------------------------------------------------------------------------------------


def _copies(count: int) -> list[Planted]:
    """A post with a near-duplicate, another with many near-duplicates, and three more."""
    return [
        planted("a", (1.0, 0.0), title="violin"),
        planted("a-again", (1.0, 0.0), title="violin"),
        *(
            planted(f"b{number}", (0.96, 0.28), title="harbour", tags=("even",) if number % 2 == 0 else ())
            for number in range(count)
        ),
        *(planted(f"c{number}", (0.6, 0.8 + number / 2)) for number in range(3)),
    ]


@pytest.mark.parametrize("count", [5, MANY])
def test_first_near_duplicate_is_listed_and_none_of_the_example(tmp_path: Path, count: int) -> None:
    searcher = _searcher(tmp_path, _copies(count), ["text"])
    assert _found(searcher, "a") == _found(searcher, "a", "a") == ["b0", "c0", "c1", "c2"]
    assert _found(searcher, "a-again") == ["b0", "c0", "c1", "c2"]
    assert _found(searcher, "b3") == ["a", "c0", "c1", "c2"]
    assert _found(searcher, texts=["text"]) == ["a", "b0", "c0", "c1", "c2"]
    assert sorted(_found(searcher, "c0", negative=["b1"])) == ["a", "c1", "c2"]
    # The first that passes, where the very first does not; to exclude one is to exclude them all.
    assert _found(searcher, "a-again", tags=["even"]) == ["b0"]
    assert _found(searcher, "a", exclude=["b1"]) == ["c0", "c1", "c2"]
    assert _found(searcher, "a", exclude=["b1"], tags=["even"]) == []


def test_first_near_duplicate_that_passes_the_filter_is_listed(tmp_path: Path) -> None:
    posts = [
        planted("a", (1.0, 0.0)),
        planted("b0", (0.96, 0.28), title="harbour"),
        planted("b1", (0.96, 0.28), title="harbour", tags=("x",)),
        planted("b2", (0.96, 0.28), title="harbour", tags=("x",)),
    ]
    assert _found(_searcher(tmp_path, posts), "a", tags=["x"]) == ["b1"]


def test_posts_of_equal_title_and_different_bodies_are_no_near_duplicates(tmp_path: Path) -> None:
    posts = [planted(post_id, (1.0, 0.0), title="Same", body=f"Body of {post_id}.") for post_id in ("a", "b", "c")]
    assert sorted(_found(_searcher(tmp_path, posts), "a")) == ["b", "c"]


# --- translations -----------------------------------------------------------------------------------------------------


def _translated(**fields: Any) -> list[Planted]:
    """A post and its German edition, another whose German edition is more similar, and one without."""
    names = {
        "a": ("en", (1.0, 0.0)),
        "a-de": ("de", (0.96, 0.28)),
        "b": ("en", (0.6, 0.8)),
        "b-de": ("de", (0.8, 0.6)),
        "c": ("en", (0.28, 0.96)),
    }
    return [
        planted(name, vector, language=language, **{key: value(name) for key, value in fields.items()})
        for name, (language, vector) in names.items()
    ]


def _said(name: str) -> str | None:
    return name.removesuffix("-de") if name.endswith("-de") else None


def _told(name: str) -> str:
    return f"https://site.example/{'de/' if name.endswith('-de') else ''}{name.removesuffix('-de')}"


@pytest.mark.parametrize("fields", [{"translation_of": _said}, {"url": _told}])
def test_one_translation_is_listed_preferably_in_the_language_of_the_example(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    searcher = _searcher(tmp_path, _translated(**fields), ["text"])
    assert _found(searcher, "a") == _found(searcher, "a", "a") == ["b", "c"]
    assert _found(searcher, "a-de") == _found(searcher, "a-de", "a-de") == ["b-de", "c"]
    assert _found(searcher, "a", "a-de") == ["b", "c"]  # in both: the first
    assert _found(searcher, "b") == ["c", "a"]
    assert _found(searcher, texts=["text"]) == ["a", "b", "c"]  # it might as well be German: the first


@pytest.mark.parametrize("fields", [{"translation_of": _said}, {"url": _told}])
def test_filter_chooses_the_edition_and_excluding_one_excludes_all(tmp_path: Path, fields: dict[str, Any]) -> None:
    searcher = _searcher(tmp_path, _translated(**fields))
    assert _found(searcher, "a", language="de") == ["b-de"]
    assert _found(searcher, "a-de", language="en") == ["b", "c"]
    assert _found(searcher, "a", exclude=["b-de"]) == ["c"]
    assert _found(searcher, "c", negative=["b-de"]) == ["a"]


def test_addresses_do_not_make_translations_of_posts_in_one_language(tmp_path: Path) -> None:
    posts = [
        planted("a", (1.0, 0.0), url="https://site.example/post", language="en"),
        planted("b", (0.96, 0.28), url="https://site.example/en/post", language="en"),
        planted("c", (0.8, 0.6), url="https://site.example/de/post", language="de"),
    ]
    assert _found(_searcher(tmp_path, posts), "a") == ["b", "c"]


def test_translation_of_a_near_duplicate_is_an_edition_of_the_first(tmp_path: Path) -> None:
    posts = [
        planted("first", (1.0, 0.0), title="violin"),
        planted("again", (1.0, 0.0), title="violin"),
        planted("german", (0.96, 0.28), title="geige", language="de", translation_of="again"),
        planted("other", (0.8, 0.6)),
    ]
    searcher = _searcher(tmp_path, posts)
    assert _found(searcher, "again") == ["other"]
    assert _found(searcher, "german") == ["other"]
    assert _found(searcher, "first") == ["other"]


def test_posts_may_name_each_other_as_translations(tmp_path: Path) -> None:
    posts = [
        planted("english", (1.0, 0.0), language="en", translation_of="german"),
        planted("german", (0.96, 0.28), language="de", translation_of="english"),
        planted("other", (0.8, 0.6)),
    ]
    assert _found(_searcher(tmp_path, posts), "english") == ["other"]


def test_a_translation_may_be_translated_again(tmp_path: Path) -> None:
    posts = [
        planted("english", (1.0, 0.0), language="en"),
        planted("german", (0.96, 0.28), language="de", translation_of="english"),
        planted("dutch", (0.95, 0.3), language="nl", translation_of="german"),
        planted("other", (0.8, 0.6)),
    ]
    searcher = _searcher(tmp_path, posts)
    assert _found(searcher, "german") == ["other"]
    assert _found(searcher, "english") == ["other"]


def test_translation_that_is_not_newer_is_listed(tmp_path: Path) -> None:
    posts = [
        planted("a", (1.0, 0.0), language="en", date="2024-01-01"),
        planted("b", (0.96, 0.28), language="en", date="2025-01-01"),
        planted("b-de", (0.96, 0.28), language="de", date="2023-01-01", translation_of="b"),
    ]
    searcher = _searcher(tmp_path, posts)
    assert _found(searcher, "a", "a", newer=False) == ["b-de"]
    assert _found(searcher, "a", newer=False) == ["b-de"]


# --- hidden posts -----------------------------------------------------------------------------------------------------


def test_hidden_post_is_not_listed_but_its_near_duplicates_may_be(tmp_path: Path) -> None:
    curation = tmp_path / "curation.yaml"
    curation.write_text("hide: [b2, c1, unknown]\n", encoding="utf-8")
    searcher = replace(_searcher(tmp_path, _copies(5), ["text"]), curation=CurationFile(curation))
    assert _found(searcher, "a") == _found(searcher, "a", "a") == ["b0", "c0", "c2"]
    assert _found(searcher, texts=["text"]) == ["a", "b0", "c0", "c2"]
    assert _found(searcher, "a", limit=1) == ["b0"]
    assert _found(searcher, "c1") == ["c2", "c0", "b0", "a"]  # one may still ask what belongs beside it


def test_post_hidden_while_a_searcher_is_open_leaves_the_lists(tmp_path: Path) -> None:
    curation = tmp_path / "curation.yaml"
    searcher = replace(_searcher(tmp_path, _copies(2)), curation=CurationFile(curation))
    assert _found(searcher, "a")[0] == "b0"
    curation.write_text("hide: [b0]\n", encoding="utf-8")
    os.utime(curation, ns=(1, 1))
    assert _found(searcher, "a")[0] == "b1"  # another copy


# --- looked up and compared -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """More posts than a list has."""
    generator = np.random.default_rng(11)
    days = [f"20{generator.integers(10, 25)}-0{generator.integers(1, 9)}-15" for _ in range(MANY)]
    vectors = generator.standard_normal((MANY, 6)).tolist()
    posts = [planted(str(place), tuple(vectors[place]), date=days[place]) for place in range(MANY)]
    return searcher_of(tmp_path_factory.mktemp("many") / "version", posts, {}, scales=PLAIN)


@pytest.mark.parametrize(
    "parameters",
    [
        {"diversity": 0.0},
        {"diversity": 0.3},
        {"diversity": 0.3, "limit": 10},
        {"diversity": 0.0, "newer": False},
        {"diversity": 0.0, "exclude": [str(number) for number in range(150)]},
    ],
)
def test_precomputed_list_equals_computed_list(many: Searcher, parameters: dict[str, Any]) -> None:
    for post_id in map(str, range(200, 230)):
        looked_up = many.related(post_id, **parameters).hits
        afresh = many.related(post_id, post_id, **parameters).hits
        assert [hit.id for hit in looked_up] == [hit.id for hit in afresh]
        assert [hit.score for hit in looked_up] == pytest.approx([hit.score for hit in afresh], abs=1e-6)


def test_list_is_computed_where_too_few_stored_candidates_are_eligible(many: Searcher) -> None:
    near = _found(many, "0", limit=50)
    assert len(near) == 50
    more = _found(many, "0", limit=50, exclude=near)
    assert len(more) == 50
    assert not {*near, "0"} & set(more)
    assert len(_found(many, "0", limit=50, exclude=[str(n) for n in range(MANY - 7)])) == 7


# --- with the real model ----------------------------------------------------------------------------------------------


def test_a_text_finds_what_a_post_of_that_text_finds(demo: Searcher) -> None:
    post = demo.post("formal-math")
    text = f"{post.title}.\n{post.teaser}\n{post.body}"
    by_text = [hit.id for hit in demo.related(texts=[text], diversity=0, limit=9, min_confidence=0).hits]
    by_id = [hit.id for hit in demo.related("formal-math", diversity=0, limit=9, min_confidence=0).hits]
    assert by_text[0] == "formal-math"
    assert len(by_id) == 8
    assert set(by_text[1:5]) & set(by_id[:4])
    assert set(by_text[1:]) == set(by_id)
