"""Where OpenVINO does not run, sentence-transformers carries a rebuild and the searches after it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders import raw_post, write_corpus
from tests.encoding.tiny import run

POSTS = [
    raw_post("a", title="The tide of the town", teaser="The tide."),
    raw_post("b", title="Bread of the market", teaser="The bread. The market."),
    raw_post("c", title="Garden music", teaser="Music of the garden."),
]

REBUILD_AND_SEARCH = """
import json, sys
sys.modules["openvino"] = None
from pathlib import Path
import semsearch
from tests.encoding.tiny import Tiny
corpus, index, model = sys.argv[1:]
Tiny().save(Path(model))
reports = [semsearch.rebuild(corpus, index, model=model) for _ in range(2)]
searcher = semsearch.open(index)
questions = ["the tide of the town", "bread of the market", "garden music"]
print(json.dumps({
    "encoders": [report.encoder for report in reports],
    "posts": [report.posts for report in reports],
    "embedded": [report.embedded for report in reports],
    "model": searcher.snapshot.manifest.model.name,
    "first": [searcher.search(question).hits[0].id for question in questions],
    "related": sorted(hit.id for hit in searcher.related("a").hits),
    "loaded": [name for name in sys.modules if name.split(".")[0] == "openvino" and sys.modules[name]],
}))
"""


def test_a_corpus_is_rebuilt_and_searched_without_openvino(tmp_path: Path) -> None:
    model = tmp_path / "model"
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    ran = run(REBUILD_AND_SEARCH, corpus, tmp_path / "index", model)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["encoders"] == ["sentence-transformers"] * 2
    assert found["posts"] == [3, 3]
    assert found["embedded"][0] > 0 == found["embedded"][1]
    assert found["model"] == str(model)
    assert found["first"] == ["a", "b", "c"]
    assert found["related"] == ["b", "c"]
    assert not found["loaded"]
