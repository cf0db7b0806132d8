"""Assembles the service: settings in, an ASGI application out."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import sys
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Lifespan

from semsearch.api import pages
from semsearch.api.auth.authenticator import Authenticator
from semsearch.api.auth.keyring import Keyring
from semsearch.api.errors import problems
from semsearch.api.middleware.access import AccessMiddleware
from semsearch.api.middleware.bodies import BodyLimitMiddleware
from semsearch.api.middleware.requests import RequestMiddleware
from semsearch.api.operations import routes as operations
from semsearch.api.operations.logs import RequestLog
from semsearch.api.pages import static_files as files
from semsearch.api.v1 import routes
from semsearch.api.v1.description import describe
from semsearch.search.opening import open_curation, open_second_stage
from semsearch.serving.executor import RequestExecutor
from semsearch.serving.live_index import LiveIndex, watch
from semsearch.serving.metrics import GaugeCollector, Metrics
from semsearch.serving.response_cache import ResponseCache
from semsearch.settings import Settings

EXPOSED_HEADERS = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "Server-Timing", "X-Request-Id")
"""Response headers that scripts of other origins may read."""

SWITCH_SECONDS = 0.001
"""After which a thread gives up the interpreter lock to one that waits for it. The default is five times that, with
which the event loop would be late to refuse requests when overloaded."""


def create_app(settings: Settings) -> FastAPI:
    """The service over one index, which is opened at once; it switches to new versions while it runs.

    Raises IndexNotFound, IndexFolderError, CurationError, KeysError or ModelError.
    """
    keyring = Keyring(settings.keys_file, settings.keys) if settings.has_keys else None
    authenticator = Authenticator(keyring, public=settings.public, rate_per_minute=settings.rate_of_address)
    curation = open_curation(settings.curation_file, on_demand=False)
    live_index = LiveIndex(
        settings.index,
        settings.cache,
        curation=curation,
        second_stage=open_second_stage(settings.reranker, settings.rerank_budget_ms),
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Metrics]]:
        sys.setswitchinterval(SWITCH_SECONDS)
        executor = app.state.executor = RequestExecutor(
            concurrency_limit=settings.capacity, deadline_seconds=settings.deadline_seconds, metrics=app.state.metrics
        )
        checks = [live_index.refresh, *([keyring.reload] if keyring else [])]
        watching = asyncio.create_task(watch(checks, settings.poll_seconds))
        warming = asyncio.create_task(asyncio.to_thread(live_index.warm))  # requests are served meanwhile
        yield {"metrics": app.state.metrics}  # for api/middleware/connections.py, which counts refused connections
        watching.cancel()
        await warming
        await asyncio.to_thread(executor.stop)

    app = _app_with_routes(lifespan)
    app.state.live_index, app.state.response_cache = live_index, ResponseCache()
    app.state.max_age, app.state.has_keys = settings.max_age_seconds, settings.has_keys
    files_by_name = {"curation": curation, "keys": keyring}
    app.state.edited_files = {name: file for name, file in files_by_name.items() if file is not None}
    gauges = GaugeCollector(live_index, app.state.edited_files, lambda: app.state.executor.in_flight)
    app.state.metrics = Metrics(gauges)
    request_log = RequestLog(with_queries=settings.log_queries) if settings.log_format == "json" else None
    # The middleware added last is the outermost.
    app.add_middleware(
        GZipMiddleware, minimum_size=1_000, compresslevel=5, exclude_content_types=files.ALREADY_COMPRESSED
    )
    app.add_middleware(BodyLimitMiddleware, refuse=problems.body_refused_response)
    app.add_middleware(AccessMiddleware, authenticator=authenticator, hosts=settings.allowed_hosts)
    if settings.origins:  # outside of AccessMiddleware: scripts of these origins may read why it refused a request
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type"),
            expose_headers=EXPOSED_HEADERS,
        )
    app.add_middleware(RequestMiddleware, metrics=app.state.metrics, request_log=request_log)
    problems.install_handlers(app)
    return app


def openapi() -> dict[str, Any]:
    """The content of ``/openapi.json``; needs no index."""
    return _app_with_routes().openapi()


def _app_with_routes(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    app = FastAPI(
        title="semsearch",
        summary="Semantic search and related posts.",
        version=importlib.metadata.version("semsearch"),
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,  # it would load scripts from another host
        redoc_url=None,
        redirect_slashes=False,  # its redirects would lead to whatever host the request names
    )
    app.include_router(routes.router)
    app.include_router(operations.router)
    app.include_router(pages.router)
    app.include_router(files.router)
    describe(app)
    return app
