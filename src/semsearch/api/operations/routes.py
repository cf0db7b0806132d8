"""Health, readiness and metrics, for load balancers, orchestrators and dashboards."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from semsearch.api.auth.authenticator import Access
from semsearch.api.v1 import schemas
from semsearch.serving.live_index import LiveIndex

router = APIRouter(tags=["operations"])

_REFUSED = (
    "a newer version or a configuration file was refused; the log has the reason, and so has this response with an API "
    "key of the scope admin"
)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Liveness", response_model=schemas.HealthSchema)
async def healthz() -> Response:
    """Succeeds as long as the process responds."""
    return JSONResponse({"status": "ok"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Readiness", response_model=schemas.ReadySchema)
def readyz(request: Request) -> Response:
    """The version being served, and whether a newer version or a configuration file was refused; the reason is for the
    scope `admin`."""
    live_index: LiveIndex = request.app.state.live_index
    searcher = live_index.searcher
    access: Access = request.state.access
    sources = (live_index, *request.app.state.edited_files.values())
    problems = [source.problem for source in sources if source.problem is not None]
    problem = "; ".join(problems if "admin" in access.scopes else [_REFUSED] * bool(problems)) or None
    return JSONResponse(
        {
            "status": "ready",
            "index_version": searcher.snapshot.version,
            "posts": searcher.count(access.filter),
            "problem": problem,
        }
    )


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_LATEST: {}}, "description": "Prometheus text"}},
)
def metrics(request: Request) -> Response:
    """Requests, durations of their stages, confidence of the best hits, and the version being served."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
