from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch.index import IndexFolder, Snapshot
from semsearch.index.hubness import Hubness, write_nearness
from semsearch.rebuilding import hubness as module
from semsearch.rebuilding.hubness import measure_nearness
from semsearch.search import Searcher
from tests.search.fakes import planted, searcher_of

Build = Callable[[Iterable[Mapping[str, Any] | str]], Path]


def nearness_of(folder: Path, wholes: Sequence[Sequence[float]], **texts: Sequence[str]) -> Any:
    """The nearness of posts with these vectors."""
    posts = [
        planted(f"p{place}", whole, **{name: values[place] for name, values in texts.items()})  # type: ignore[arg-type]
        for place, whole in enumerate(wholes)
    ]
    return measure_nearness(searcher_of(folder / "version", posts, {}).snapshot, None).tolist()


def test_nearness_is_the_mean_similarity_to_the_nearest_posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEIGHBOURS", 2)
    titles = ["red kite", "blue whale", "green tea", "black ice"]
    found = nearness_of(tmp_path, [(1.0, 0.0), (0.8, 0.6), (0.0, 1.0), (-1.0, 0.0)], title=titles)
    assert found == pytest.approx([(0.8 + 0) / 2, (0.8 + 0.6) / 2, (0.6 + 0) / 2, (0 - 0.8) / 2], abs=1e-6)


def test_small_corpora_have_fewer_neighbours_or_none(tmp_path: Path) -> None:
    assert np.isnan(nearness_of(tmp_path / "1", [(1.0, 0.0)])).all()
    found = nearness_of(tmp_path / "2", [(1.0, 0.0), (0.6, 0.8)], title=["red kite", "blue whale"])
    assert found == pytest.approx([0.6, 0.6], abs=1e-6)


def test_copies_of_a_post_do_not_make_it_a_hub(tmp_path: Path) -> None:
    text = "The red kite circles over the harbour while the ferry leaves for the island in the evening sun."
    titles = ["Kites"] * 4 + ["Whales", "Tea"]
    teasers = [text] * 4 + ["Whales sing in the deep for days on end.", "Green tea should not be brewed too hot."]
    wholes = [(1.0, 0.0)] * 4 + [(0.6, 0.8), (0.0, 1.0)]
    found = nearness_of(tmp_path, wholes, title=titles, teaser=teasers)
    assert found == pytest.approx([(0.6 + 0) / 2] * 4 + [(0.6 + 0.8) / 2, (0.8 + 0) / 2], abs=1e-6)


def test_hubness_is_the_excess_over_the_mean_and_0_without_neighbours(tmp_path: Path) -> None:
    write_nearness(tmp_path, np.array([0.5, 0.3, np.nan, 0.1], dtype=np.float32))
    assert Hubness.open(tmp_path).excess.tolist() == pytest.approx([0.2, 0.0, 0.0, -0.2], abs=1e-7)
    assert Hubness.none(3).excess.tolist() == [0.0, 0.0, 0.0]
    assert Hubness(np.empty(0, dtype=np.float32)).excess.tolist() == []


def test_a_hub_comes_after_a_post_that_is_as_similar(tmp_path: Path) -> None:
    posts = [planted("hub", (0.6, 0.8)), planted("no hub", (0.6, -0.8)), planted("far", (0.0, 1.0))]
    searcher = searcher_of(tmp_path / "version", posts, {"q": (1.0, 0.0)}, nearness=[0.9, 0.1, 0.5])
    assert [hit.id for hit in searcher.search("q", mode="semantic").hits] == ["no hub", "hub", "far"]


@pytest.mark.parametrize("copies", [1, 2, 5, 30])
def test_the_winner_among_many_versions_of_a_text_stays_above_unrelated_posts(build: Build, copies: int) -> None:
    """Posts from a template are close to each other, but what they are about is not found elsewhere."""
    posts = [
        {
            "id": f"release-{n}",
            "title": f"Release 1.{n} of the parser",
            "teaser": f"Version 1.{n} parses {word} twice as fast.",
        }
        for n, word in zip(range(copies), ["tables", "lists", "quotes", "images", "links"] * 6, strict=False)
    ]
    others = ["Sourdough for beginners", "A walk along the harbour", "Pruning apple trees", "The ferry in winter"]
    posts += [{"id": f"other-{n}", "title": title} for n, title in enumerate(others)]
    searcher = semsearch.open(build(posts))
    for q in ("a faster parser", "parser release"):
        first = [hit.id for hit in searcher.search(q, mode="semantic", collapse=False).hits[: min(copies, 5)]]
        assert all(post_id.startswith("release") for post_id in first)


def test_unchanged_posts_keep_their_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = searcher_of(tmp_path / "old", [planted(f"p{n}", (1.0, 0.1 * n), title=f"t {n}") for n in range(40)], {})
    new = searcher_of(
        tmp_path / "new",
        [planted(f"p{n}", (1.0, 0.1 * n) if n else (-1.0, 0.0), title=f"t {n}" if n else "new") for n in range(40)],
        {},
    )
    before = _with(old, np.linspace(0, 1, 40, dtype=np.float32))
    monkeypatch.setattr("semsearch.relating.incremental._MIN_POSTS", 1)
    found = measure_nearness(new.snapshot, before)
    assert found[1:].tolist() == before.hubness.nearness[1:].tolist()
    assert found[0] == pytest.approx(measure_nearness(new.snapshot, None)[0])


def _with(searcher: Searcher, nearness: Any) -> Snapshot:
    return replace(searcher.snapshot, hubness=Hubness(nearness))


def test_a_rebuild_writes_hubness(build: Build) -> None:
    index = build([{"id": f"p{n}", "title": title} for n, title in enumerate(["Tea", "Coffee", "Granite"])])
    with closing(IndexFolder(index).open()) as snapshot:
        assert snapshot.hubness.nearness.tolist() == pytest.approx(measure_nearness(snapshot, None).tolist())
        assert snapshot.hubness.excess[2] < min(snapshot.hubness.excess[:2])
