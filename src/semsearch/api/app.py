"""How is the service put together? Settings in, an ASGI application out."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from semsearch.api import operations, pages, problems, routes
from semsearch.api.answers import Answers
from semsearch.api.bodies import BodyLimit
from semsearch.api.metrics import Metrics
from semsearch.api.middleware import EveryRequest
from semsearch.api.serving import Serving, watch
from semsearch.api.work import Work
from semsearch.search.opening import open_curation, open_second_stage
from semsearch.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The service over one index, which is opened at once; new versions take over while it runs.

    Raises IndexNotFound, IndexFolderError, CurationError or ModelError.
    """
    serving = Serving(
        settings.index,
        settings.cache,
        curation=open_curation(settings.curation_file),
        second_stage=open_second_stage(settings.reranker, settings.rerank_budget_ms),
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        work = app.state.work = Work(capacity=settings.capacity, deadline_seconds=settings.deadline_seconds)
        watcher = asyncio.create_task(watch(serving, settings.poll_seconds))
        yield
        watcher.cancel()
        await asyncio.to_thread(work.stop)

    app = FastAPI(
        title="semsearch",
        summary="Semantic search and related posts.",
        version=importlib.metadata.version("semsearch"),
        lifespan=lifespan,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.serving, app.state.answers = serving, Answers()
    app.state.max_age = settings.max_age_seconds
    app.state.metrics = Metrics(serving)
    app.add_middleware(BodyLimit, refused=problems.body_refused)
    app.add_middleware(EveryRequest, metrics=app.state.metrics)
    problems.install(app)
    app.include_router(routes.router)
    app.include_router(operations.router)
    app.include_router(pages.router)
    app.mount("/web", StaticFiles(directory=pages.STATIC), name="web")
    return app
