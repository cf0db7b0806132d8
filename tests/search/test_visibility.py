"""Two tenants share an index, and neither finds posts of the other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.errors import PostNotFound
from semsearch.index import NO_FILTER, Filter
from semsearch.search import Example, RelatedRequest, Searcher, SearchRequest, SuggestRequest
from semsearch.search.curation import CurationFile
from semsearch.search.requests import MODES, Recency
from semsearch.search.results import to_json
from semsearch.search.visibility import VisiblePosts
from tests.search.fakes import Planted, Vector, planted, searcher_of

TENANTS = ("north", "south")
WORDS = ("harbour", "violin", "engine")
SENTENCES = (
    "The harbour was frozen until the middle of May and no boat went out before that.",
    "A violin was built there from the wood of a boat that nobody wanted any more.",
    "The engine of the boat was sold and its parts are all over the island by now.",
    "They are doorstops, anchors, and weights of a clock that strikes no hour of the day.",
)
QUESTIONS = ("harbour", "violin boat", '"no boat" harbour', "engin parts", "harbuor", "island -violin", "nothing of it")
VECTORS = {text: (1.0, 0.2 * place) for place, text in enumerate((*QUESTIONS, *SENTENCES))}


def whose(tenant: str) -> Filter:
    return Filter(tags=(f"of-{tenant}",))


def posts_of(tenant: str, number: int) -> list[Planted]:
    """Posts with the texts of the other tenant, the first as near-duplicate, with the tenant's own titles and tags."""
    return [
        planted(
            f"{tenant}-{place}",
            (1.0, 0.3 * place + 0.01 * number),
            {sentence: VECTORS[sentence] for sentence in SENTENCES[place:]},
            title=f"{word} {tenant}",
            tags=(f"of-{tenant}", "shared", f"{tenant}-{word}"),
            authors=(f"Ann {tenant}", "Ben"),
            date=f"202{place}-0{number + 1}-01",
            language="en",
            url=f"https://{tenant}.example/{word}",
            body=f"See https://{TENANTS[1 - number]}.example/{WORDS[place - 1]}",
        )
        for place, word in enumerate(WORDS)
    ]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("tenants")
    posts = [post for number, tenant in enumerate(TENANTS) for post in posts_of(tenant, number)]
    corrected = defaultdict[str, Vector](lambda: (0.5, 1.0), VECTORS)
    found = searcher_of(folder / "version", posts, corrected)
    curation = folder / "curation.yaml"
    curation.write_text("queries: [{query: harbour, pin: [south-1, north-1]}]", encoding="utf-8")
    yield replace(found, curation=CurationFile(curation))
    found.snapshot.close()


def check_nothing_of(other: str, result: Any) -> None:
    """The result has no id, title, tag, author or address of the other tenant; each contains the name of its tenant."""
    content = json.dumps(to_json(result), ensure_ascii=False)
    assert other not in content.lower()


tenants = st.sampled_from([TENANTS, TENANTS[::-1]])
chosen = st.sampled_from([NO_FILTER, Filter(tags=("shared",)), Filter(language="en"), Filter(authors=("Ben",))])
shares = st.sampled_from([0.0, 0.3, 1.0])
ids = st.sampled_from(["-0", "-1", "-2"])


@settings(deadline=None)
@given(
    tenants,
    chosen,
    st.builds(
        SearchRequest,
        q=st.sampled_from(QUESTIONS),
        limit=st.sampled_from([1, 2, 10]),
        offset=st.sampled_from([0, 1]),
        mode=st.sampled_from(MODES),
        facets=st.sampled_from([(), ("tags", "authors", "language", "year")]),
        explain=st.booleans(),
        collapse=st.booleans(),
        min_confidence=shares,
        recency=st.builds(Recency, weight=st.sampled_from([0.0, 5.0])),
    ),
)
def test_search_contains_no_invisible_posts(
    searcher: Searcher, who: tuple[str, str], condition: Filter, request: SearchRequest
) -> None:
    mine, other = who
    result = searcher.run_search(replace(request, filter=condition.intersect(whose(mine))))
    check_nothing_of(other, result)
    assert result.estimated_total_hits <= 3
    assert all(hit.id.startswith(mine) for hit in result.hits)


@settings(deadline=None)
@given(
    tenants,
    chosen,
    st.lists(ids, min_size=1, max_size=2),
    st.lists(ids, max_size=1),
    st.sampled_from([(), (Example(text=SENTENCES[1]),)]),
    st.fixed_dictionaries(
        {
            "limit": st.sampled_from([1, 5]),
            "diversity": shares,
            "exclude_linked": st.booleans(),
            "newer": st.booleans(),
            "explain": st.booleans(),
        }
    ),
)
def test_related_list_is_not_affected_by_invisible_posts(
    searcher: Searcher,
    who: tuple[str, str],
    condition: Filter,
    positive: list[str],
    negative: list[str],
    texts: tuple[Example, ...],
    others: dict[str, Any],
) -> None:
    mine, other = who
    request = RelatedRequest(
        positive=(*(Example(id=mine + place) for place in positive), *texts),
        negative=tuple(Example(id=mine + place) for place in negative),
        filter=condition,
        visibility=whose(mine),
        **others,
    )
    result = searcher.run_related(request)
    check_nothing_of(other, result)
    assert all(hit.id.startswith(mine) for hit in result.hits)
    foreign = [f"{other}-{place}" for place in range(3)]
    assert searcher.run_related(replace(request, exclude=foreign)).hits == result.hits
    assert searcher.run_related(replace(request, exclude_linked=False)).hits == result.hits


@settings(deadline=None)
@given(tenants, st.sampled_from(["h", "vio", "harbour ", "e"]), st.integers(1, 5))
def test_completions_contain_visible_posts_only(searcher: Searcher, who: tuple[str, str], q: str, limit: int) -> None:
    mine, other = who
    result = searcher.run_suggest(SuggestRequest(q=q, limit=limit, filter=whose(mine)))
    check_nothing_of(other, result)
    assert len(result.suggestions) == 1
    assert searcher.run_suggest(SuggestRequest(q=other, filter=whose(mine))).suggestions == ()


def test_limit_of_completions_is_reached_among_visible_posts(tmp_path: Path) -> None:
    posts = [planted(f"other-{n}", (1.0, 0.0), title=f"Weekly {n}", tags=("other",)) for n in range(600)]
    posts += [planted(f"mine-{n}", (1.0, 0.0), title=f"Weekly letter {n}", tags=("mine",)) for n in range(5)]
    searcher = searcher_of(tmp_path / "version", posts, {})
    found = searcher.run_suggest(SuggestRequest(q="wee", limit=5, filter=Filter(tags=("mine",)))).suggestions
    assert sorted(one.id for one in found) == [f"mine-{n}" for n in range(5)]


def test_invisible_post_raises_the_same_error_as_an_unknown_post(searcher: Searcher) -> None:
    visibility = whose("north")
    assert searcher.visible_post("north-1", visibility).id == "north-1"
    assert searcher.post("south-1").id == "south-1"

    def asked(post_id: str) -> Iterator[str]:
        example, mine = Example(id=post_id), Example(id="north-1")
        for request in (
            RelatedRequest((example,), visibility=visibility),
            RelatedRequest((mine, example), visibility=visibility),
            RelatedRequest((mine,), (example,), visibility=visibility),
        ):
            with pytest.raises(PostNotFound) as caught:
                searcher.run_related(request)
            yield str(caught.value)
        with pytest.raises(PostNotFound) as caught:
            searcher.visible_post(post_id, visibility)
        yield str(caught.value)

    assert [text.replace("south-1", "nowhere") for text in asked("south-1")] == list(asked("nowhere"))


def test_ordinals_of_visible_ids_only(searcher: Searcher) -> None:
    wanted = ["south-0", "north-2", "nowhere", "north-0"]
    documents = searcher.snapshot.documents
    assert VisiblePosts(searcher.snapshot, whose("north")).ordinals(wanted) == [
        documents.ordinal("north-2"),
        documents.ordinal("north-0"),
    ]
    assert len(VisiblePosts(searcher.snapshot, NO_FILTER).ordinals(wanted)) == 3


def test_everything_is_visible_without_a_filter(searcher: Searcher) -> None:
    """Guards the tests above, which would also pass if the posts were not found at all."""
    first, *others = searcher.search("harbour").hits
    assert first.id == "south-1"
    assert [[copy.id for copy in hit.duplicates] for hit in others if hit.id == "south-0"] == [["north-0"]]
    (linked,) = {hit.id for hit in searcher.related("north-1", limit=50).hits} - {
        hit.id for hit in searcher.related("north-1", limit=50, exclude_linked=True).hits
    }
    assert linked in ("north-0", "south-0")  # one work, of which south-0 is linked to
    excluding = {hit.id for hit in searcher.related("north-1", limit=50, exclude=["south-0"]).hits}
    assert not excluding & {"north-0", "south-0"}
