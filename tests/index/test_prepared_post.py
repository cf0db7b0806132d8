from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.stems import UNBOUNDED, Analyzer
from semsearch.index.phrases import PhraseReader
from semsearch.index.prepared_post import PreparedPost, prepare
from semsearch.posts import Post

TEXTS = st.text(st.sampled_from("abÄß -.'/:C+#5猫\n"), max_size=60) | st.sampled_from(
    ["see https://example.org/node.js and www.example.org", "GPT-3 e-mail C++ .NET", "Running runners ran"]
)
POSTS = st.builds(
    Post,
    id=st.just("a"),
    title=TEXTS,
    teaser=TEXTS,
    body=TEXTS,
    tags=st.lists(TEXTS, max_size=2).map(tuple),
    language=st.sampled_from([None, "en", "de", "ja"]),
)


@given(st.lists(POSTS, max_size=4))
def test_posts_prepared_by_themselves_equal_those_prepared_together(posts: list[Post]) -> None:
    analyzer, reader = Analyzer(UNBOUNDED), PhraseReader.with_own_words()
    together = [PreparedPost.of(post, analyzer, reader) for post in posts]
    alone = [prepare(post) for post in posts]
    assert [(post.folded, post.field_terms, post.term_counts, post.phrases.tobytes()) for post in alone] == [
        (post.folded, post.field_terms, post.term_counts, post.phrases.tobytes()) for post in together
    ]
    assert set[str]().union(*(post.words for post in alone)) == set(analyzer.memoised_words())
