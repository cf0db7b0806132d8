from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import InvalidRequest
from semsearch.search import Searcher
from tests.search.fakes import planted, searcher_of


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    posts = [
        planted("bread", (1.0, 0.0), title="Baking bread at home", url="https://example.org/bread"),
        planted("cafe", (1.0, 0.0), title="Café culture in Zürich"),
        planted("home", (1.0, 0.0), title="Home"),
        planted("again", (1.0, 0.0), title="Home"),
        planted("tale", (1.0, 0.0), title="O'Neill's 2nd tale (C++)"),
        planted("greek", (1.0, 0.0), title="Αθήνα σήμερα"),
        planted("teaser", (1.0, 0.0), {"Only the teaser says quince.": (1.0, 0.0)}, title="Fruit"),
    ]
    return searcher_of(tmp_path_factory.mktemp("titles") / "version", posts, {})


def _found(searcher: Searcher, q: str, limit: int = 5) -> set[str]:
    return {suggestion.id for suggestion in searcher.suggest(q, limit=limit).suggestions}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("b", {"bread"}),
        ("bak", {"bread"}),
        ("baking br", {"bread"}),
        ("home baking", {"bread"}),  # in any order
        ("BAKING BREAD", {"bread"}),
        ("  baking   bread  ", {"bread"}),
        ("bakin bread", set()),  # only the last word may be unfinished
        ("bake", set()),
        ("ho", {"bread", "home"}),
        ("at", {"bread"}),  # stop words complete too
        ("cafe", {"cafe"}),
        ("CAFÉ", {"cafe"}),
        ("cafe\u0301 c", {"cafe"}),
        ("zur", {"cafe"}),
        ("o'ne", {"tale"}),
        ("2", {"tale"}),
        ("c++", {"tale"}),
        ("tale C++", {"tale"}),
        ("c", {"cafe", "tale"}),
        ("c+", {"cafe", "tale"}),  # not yet the sign of a word
        ("αθ", {"greek"}),
        ("ΑΘ", {"greek"}),
        ("quince", set()),
        ("xyz", set()),
        (".*", set()),
        ("b.*", {"bread"}),
        ("[a-z]", set()),
        ("(", set()),
        ("😀", set()),
    ],
)
def test_titles_complete_the_start_of_a_query(titles: Searcher, typed: str, expected: set[str]) -> None:
    assert _found(titles, typed) == expected


def test_a_completion_is_the_title_with_the_id_and_address_of_its_post(titles: Searcher) -> None:
    result = titles.suggest(" brea ")
    assert result.query == "brea"
    assert result.index_version == titles.snapshot.version
    (only,) = result.suggestions
    assert (only.text, only.id, only.url) == ("Baking bread at home", "bread", "https://example.org/bread")


def test_equal_titles_are_one_completion(titles: Searcher) -> None:
    assert [suggestion.id for suggestion in titles.suggest("home").suggestions if suggestion.text == "Home"] == ["home"]


def test_limit_is_reached_even_if_many_posts_share_a_title(tmp_path: Path) -> None:
    posts = [planted(f"r{number}", (1.0, 0.0), title="Weekly roundup") for number in range(60)]
    posts += [planted(f"l{number}", (1.0, 0.0), title=f"Weekly letter {number}") for number in range(6)]
    searcher = searcher_of(tmp_path / "version", posts, {})
    found = searcher.suggest("wee", limit=5).suggestions
    assert len({suggestion.text for suggestion in found}) == 5
    assert len(_found(searcher, "wee", limit=7)) == 7
    assert len(searcher.suggest("wee", limit=1).suggestions) == 1


@pytest.mark.parametrize("q", ["", "\x00", "a" * 2_001])
def test_empty_or_too_long_text_is_refused(titles: Searcher, q: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        titles.suggest(q)
    assert caught.value.param == "q"
