"""How is the service? For load balancers, orchestrators and dashboards."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from semsearch.api.auth.authenticator import Access
from semsearch.api.v1 import schemas
from semsearch.serving.live_index import Serving

router = APIRouter(tags=["operations"])

_REFUSED = (
    "a newer version, or what was written into a file, was refused; the log says why, and so does this page to a key "
    "of the scope admin"
)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Liveness", response_model=schemas.HealthSchema)
async def healthz() -> Response:
    """Answers as long as the process does."""
    return JSONResponse({"status": "ok"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Readiness", response_model=schemas.ReadySchema)
def readyz(request: Request) -> Response:
    """Says which version answers, and that a newer one, or a file of keys or pins, was refused, where one was; why, to
    who may see that."""
    serving: Serving = request.app.state.serving
    access: Access = request.state.access
    snapshot = serving.searcher.snapshot
    problems = [one.problem for one in (serving, *request.app.state.edited.values()) if one.problem is not None]
    problem = "; ".join(problems if "admin" in access.scopes else [_REFUSED] * bool(problems)) or None
    return JSONResponse(
        {
            "status": "ready",
            "index_version": snapshot.version,
            "posts": serving.searcher.count(access.filter),
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
    """Requests, how long their stages took and how sure their answers are, and the version that answers."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
