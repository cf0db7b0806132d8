from __future__ import annotations

import pytest

import semsearch
from semsearch.search import Searcher
from tests.builders import raw_post, write_corpus
from tests.encoding import multilingual

WEIGHTS, TOKENIZER = multilingual.find_file(*multilingual.WEIGHTS), multilingual.find_file(*multilingual.TOKENIZER)
pytestmark = [
    pytest.mark.skipif(
        WEIGHTS is None or TOKENIZER is None, reason="the packages that ship a multilingual model are absent"
    ),
    pytest.mark.timeout(900),  # a model of 118 million parameters is exported
]
POSTS = [
    raw_post(
        "bread-de",
        title="Brot backen",
        teaser="Mehl, Wasser, Salz und viel Geduld für einen guten Laib.",
        language="de",
    ),
    raw_post(
        "ferry-de", title="Warum die Fähre ausfiel", teaser="Nebel über dem Kanal hielt das Schiff fest.", language="de"
    ),
    raw_post(
        "garden-fr", title="Un potager en ville", teaser="Faire pousser des légumes sur un balcon.", language="fr"
    ),
    raw_post(
        "piano-en", title="Learning the piano late", teaser="Why it is never too late for lessons.", language="en"
    ),
    raw_post("taxes-en", title="Filing taxes as a freelancer", teaser="Which forms to send, and when.", language="en"),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("multilingual")
    assert WEIGHTS is not None
    assert TOKENIZER is not None
    model = multilingual.save(WEIGHTS, TOKENIZER, folder / "model")
    semsearch.rebuild(write_corpus(folder / "corpus", POSTS), folder / "index", model=str(model))
    return semsearch.open(folder / "index")


def test_the_prompts_of_the_model_are_used(searcher: Searcher) -> None:
    card = searcher.snapshot.manifest.model
    assert (card.query_prompt, card.document_prompt) == ("query: ", "passage: ")


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("wie mache ich einen Teig mit Hefe", "bread-de"),
        ("der Schiffsverkehr war wegen schlechter Sicht eingestellt", "ferry-de"),
        ("why was the boat cancelled?", "ferry-de"),
        ("how do I make a loaf?", "bread-de"),
        ("cultiver des tomates chez soi", "garden-fr"),
        ("music lessons for adults", "piano-en"),
    ],
)
def test_paraphrases_find_posts_in_the_same_and_in_other_languages(searcher: Searcher, q: str, found: str) -> None:
    for mode in ("semantic", "hybrid"):
        assert searcher.search(q, mode=mode).hits[0].id == found
