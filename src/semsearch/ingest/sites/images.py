"""Front matter → the image of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semsearch.ingest.sites.values import found

IMAGES = (
    "image", "cover", "cover_image", "coverimage", "featured_image", "featuredimage", "feature_image", "featureimage",
    "featured", "hero_image", "heroimage", "hero", "header.image", "header.overlay_image", "header.teaser", "banner",
    "thumbnail", "thumb", "images", "og_image", "ogimage", "social_image", "socialimage", "preview",
    "extra.image", "extra.cover", "extra.cover_image", "extra.thumbnail", "extra.banner", "params.image",
    "params.cover",
)  # fmt: skip
_KEYS = ("image", "src", "url", "path", "file", "feature", "href", "default", "teaser", "thumbnail", "img")
_MAX_LENGTH = 2_000


def image_of(fields: Mapping[str, Any], names: tuple[str, ...] = IMAGES) -> str:
    """Return the address of the first of the names that has one, as it is written; empty if none has."""
    return next((address for _, value in found(fields, names) if (address := _address(value, depth=0))), "")


def _address(value: Any, depth: int) -> str:
    if isinstance(value, str):
        address = value.strip()
        return address if _is_address(address) else ""
    if depth == 3:
        return ""
    if isinstance(value, list):
        return _address(value[0], depth + 1) if value else ""
    if isinstance(value, dict):
        return next((address for _, entry in found(value, _KEYS) if (address := _address(entry, depth + 1))), "")
    return ""


def _is_address(text: str) -> bool:
    """Whether a text is a file or address, and not a colour, the key of an image, inline data or a template."""
    if not 0 < len(text) <= _MAX_LENGTH or "{" in text or "\n" in text or text.startswith("data:"):
        return False
    return "/" in text or "." in text[1:-1]
