"""How is the service put together? Settings in, an ASGI application out."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import sys
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from starlette.middleware.cors import CORSMiddleware

from semsearch.api import pages
from semsearch.api.auth.authenticator import Doorkeeper
from semsearch.api.auth.keyring import Keyring
from semsearch.api.errors import problems
from semsearch.api.middleware.bodies import BodyLimit
from semsearch.api.middleware.gate import Gate
from semsearch.api.middleware.headers import EveryRequest
from semsearch.api.operations import routes as operations
from semsearch.api.operations.logs import RequestLog
from semsearch.api.pages import static_files as files
from semsearch.api.v1 import routes
from semsearch.api.v1.description import describe
from semsearch.search.opening import open_curation, open_second_stage
from semsearch.serving.live_index import Serving, watch
from semsearch.serving.metrics import Metrics, Now
from semsearch.serving.response_cache import Answers
from semsearch.serving.work import Work
from semsearch.settings import Settings

EXPOSED = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "Server-Timing", "X-Request-Id")
"""Headers that pages of other sites may read."""


SWITCH_SECONDS = 0.001
"""After which a thread that holds Python gives way to another. By default it is five times that, and the event loop
would be late to refuse what is too much."""


def create_app(settings: Settings) -> FastAPI:
    """The service over one index, which is opened at once; new versions take over while it runs.

    Raises IndexNotFound, IndexFolderError, CurationError, KeysError or ModelError.
    """
    keyring = Keyring(settings.keys_file, settings.keys) if settings.has_keys else None
    doorkeeper = Doorkeeper(keyring, public=settings.public, rate_per_minute=settings.rate_of_address)
    curation = open_curation(settings.curation_file)
    serving = Serving(
        settings.index,
        settings.cache,
        curation=curation,
        second_stage=open_second_stage(settings.reranker, settings.rerank_budget_ms),
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Metrics]]:
        sys.setswitchinterval(SWITCH_SECONDS)
        work = app.state.work = Work(
            capacity=settings.capacity, deadline_seconds=settings.deadline_seconds, metrics=app.state.metrics
        )
        looks = [serving.refresh, *([keyring.look] if keyring else [])]
        watcher = asyncio.create_task(watch(looks, settings.poll_seconds))
        warming = asyncio.create_task(asyncio.to_thread(serving.warm))  # who asks now need not wait
        yield {
            "metrics": app.state.metrics
        }  # for api/middleware/connections.py, which counts what no route is asked for
        watcher.cancel()
        await warming
        await asyncio.to_thread(work.stop)

    app = FastAPI(
        title="semsearch",
        summary="Semantic search and related posts.",
        version=importlib.metadata.version("semsearch"),
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.serving, app.state.answers = serving, Answers()
    app.state.max_age, app.state.has_keys = settings.max_age_seconds, settings.has_keys
    app.state.edited = {name: one for name, one in (("curation", curation), ("keys", keyring)) if one is not None}
    app.state.metrics = Metrics(Now(serving, app.state.edited, lambda: app.state.work.under_way))
    requests = RequestLog(queries=settings.log_queries) if settings.log_format == "json" else None
    # The last that is added is the outermost.
    app.add_middleware(
        GZipMiddleware, minimum_size=1_000, compresslevel=5, exclude_content_types=files.ALREADY_COMPRESSED
    )
    app.add_middleware(BodyLimit, refused=problems.body_refused)
    app.add_middleware(Gate, doorkeeper=doorkeeper, hosts=settings.allowed_hosts)
    if settings.origins:  # outside of the gate: a page must be able to read why it was refused
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type"),
            expose_headers=EXPOSED,
        )
    app.add_middleware(EveryRequest, metrics=app.state.metrics, requests=requests)
    problems.install(app)
    app.include_router(routes.router)
    app.include_router(operations.router)
    app.include_router(pages.router)
    app.include_router(files.router)
    describe(app)
    return app
