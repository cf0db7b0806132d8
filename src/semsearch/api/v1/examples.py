"""Example requests and responses of each route for the OpenAPI description. Tests check them against the schemas."""

from __future__ import annotations

from typing import Any

_TITLE, _TEASER = "Reading the tide", "How a harbour town measures the sea twice a day, and what the tables tell."
_METADATA = {
    "processing_time_ms": 3.1,
    "index_version": "000007-20260131T120000Z",
    "request_id": "5f0c1a52a3c84b0c9d4a8a1e6f0b7c21",
}
_HIT: dict[str, Any] = {
    "id": "tides",
    "title": _TITLE,
    "teaser": _TEASER,
    "url": "https://example.org/tides",
    "date": "2026-01-30",
    "tags": ["sea"],
    "authors": [],
    "score": 5.34,
    "confidence": 0.99,
    "passage": {"field": "teaser", "start": 0, "end": len(_TEASER), "text": _TEASER},
    "highlights": {"title": [[12, 16]]},
    "image": "https://example.org/tides.jpg",
    "language": "en",
    "section": None,
    "pinned": False,
    "duplicates": [],
    "reasons": [],
}
_RELATED = {
    **_HIT,
    "score": 1.96,
    "confidence": 0.97,
    "passage": None,
    "highlights": {},
    "reasons": [{"kind": "words", "values": ["harbour"]}, {"kind": "tags", "values": ["sea"]}],
}
_SEARCH = {
    "query": "when is high tide?",
    "hits": [_HIT],
    "limit": 10,
    "offset": 0,
    "estimated_total_hits": 1,
    "answerable": True,
    "corrections": {},
    "missing": [],
    "synonyms": {},
    "redirect": None,
    "unknown": [],
    "curated": [],
    "facets": {"tags": {"sea": 1}},
    "reranking": None,
    **_METADATA,
}
_FILTERED_SEARCH = {
    "q": "when is high tide?",
    "tag": ["sea"],
    "date_from": "2025-01-01",
    "facets": ["tags"],
    "limit": 10,
}
_RELATED_TO_DRAFT = {"positive": [{"text": "A walk along the harbour at low tide."}], "limit": 5}
_WITH_NEGATIVE = {"positive": [{"id": "ferry"}], "negative": [{"id": "timetable"}], "filter": {"tag": ["sea"]}}

RESPONSES: dict[tuple[str, str], dict[str, Any]] = {
    ("/v1/search", "get"): _SEARCH,
    ("/v1/search", "post"): _SEARCH,
    ("/v1/suggest", "get"): {
        "query": "read",
        "suggestions": [{"text": _TITLE, "id": "tides", "url": "https://example.org/tides"}],
        **_METADATA,
    },
    ("/v1/posts/{post_id}/related", "get"): {"post_id": "ferry", "hits": [_RELATED], "limit": 5, **_METADATA},
    ("/v1/related", "post"): {"post_id": None, "hits": [_RELATED], "limit": 5, **_METADATA},
    ("/v1/posts/{post_id}", "get"): {
        **{name: _HIT[name] for name in ("id", "title", "teaser", "url", "date", "tags", "authors")},
        "image": _HIT["image"],
        "updated": None,
        "language": "en",
        "series": None,
        "translation_of": None,
        "body": "Measuring starts at dawn.",
        "sections": [{"title": "At dawn", "anchor": "dawn", "start": 0, "end": 25}],
        "extra": {"section": "coast"},
    },
    ("/healthz", "get"): {"status": "ok"},
    ("/readyz", "get"): {
        "status": "ready",
        "index_version": _METADATA["index_version"],
        "posts": 1_200,
        "problem": None,
    },
}
"""Response bodies by path and method."""

REQUEST_BODIES: dict[tuple[str, str], dict[str, dict[str, Any]]] = {
    ("/v1/search", "post"): {
        "plain": {"summary": "A query", "value": {"q": "when is high tide?"}},
        "filtered": {"summary": "A query with filters and facets", "value": _FILTERED_SEARCH},
    },
    ("/v1/related", "post"): {
        "draft": {"summary": "Posts related to a draft", "value": _RELATED_TO_DRAFT},
        "like_and_unlike": {"summary": "Posts like one post and unlike another", "value": _WITH_NEGATIVE},
    },
}
"""Request bodies by path and method, then by name."""
