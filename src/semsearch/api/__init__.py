"""The HTTP API and the pages: requests in, JSON or HTML out; a thin layer over search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.lazy_imports import lazy_attributes

if TYPE_CHECKING:
    from semsearch.api.app import create_app, openapi

__all__ = ["create_app", "openapi"]

# Imported on first use: the process that supervises workers does not need the application.
__getattr__ = lazy_attributes(__name__, {"create_app": "semsearch.api.app", "openapi": "semsearch.api.app"})
