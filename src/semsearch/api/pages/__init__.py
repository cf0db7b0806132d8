"""The HTML pages for people. They are rendered on the server and complete without JavaScript."""

from fastapi import APIRouter

from semsearch.api.pages import playground, related, search

router = APIRouter(include_in_schema=False)
router.include_router(search.router)
router.include_router(related.router)
router.include_router(playground.router)

__all__ = ["router"]
