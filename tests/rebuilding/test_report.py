from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.corpus import Rejection
from semsearch.rebuilding import Report, Stage
from semsearch.relating.site import Hub, SiteReport


def report(posts: int, seconds: float) -> Report:
    return Report(
        version="v",
        posts=posts,
        passages=posts,
        embedded=posts,
        reused=0,
        rejections=(),
        rejected=0,
        seconds=seconds,
        stages={},
        model="m",
        encoder="e",
        related=SiteReport(changed=None, compared=0, orphans=1, hubs=(Hub("a", "Café", 7),)),
    )


@pytest.mark.parametrize(("posts", "seconds", "rate"), [(300, 1.5, 200), (1, 4, 0.25), (0, 1, 0)])
def test_posts_per_second_is_posts_over_seconds(posts: int, seconds: float, rate: float) -> None:
    assert report(posts, seconds).posts_per_second == rate


def test_a_rebuild_of_zero_seconds_has_finite_posts_per_second() -> None:
    assert report(1, 0).posts_per_second == pytest.approx(1e9)


def test_to_json_has_all_fields_as_plain_values() -> None:
    rejection = Rejection(Path("corpus/é.jsonl"), 7, "title is missing or empty")
    full = replace(
        report(3, 1.23456),
        languages={"de": 3},
        unknown_languages={"de": 3},
        passages=7,
        reused=4,
        rejections=(rejection,),
        rejected=120,
        stages={Stage.MODEL: 0.98765},
    )
    assert json.loads(json.dumps(full.to_json())) == {
        "version": "v",
        "posts": 3,
        "passages": 7,
        "embedded": 3,
        "reused": 4,
        "unchanged": False,
        "related": {"changed": None, "compared": 0, "orphans": 1, "hubs": [{"id": "a", "title": "Café", "lists": 7}]},
        "languages": {"de": 3},
        "unknown_languages": {"de": 3},
        "rejected": 120,
        "rejections": [{"file": "corpus/é.jsonl", "line": 7, "reason": "title is missing or empty"}],
        "seconds": 1.235,
        "stages": {"loading the model": 0.988},
        "posts_per_second": 2.4,
        "model": "m",
        "encoder": "e",
    }
