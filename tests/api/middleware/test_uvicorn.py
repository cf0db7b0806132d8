"""The undocumented names of uvicorn that api/middleware/connections.py uses.

A release of uvicorn may rename them. This test does not import the module, and says what is missing.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tests.builders import ROOT

MODULE, PROTOCOL = "uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol"
PARAMETERS = {"config", "server_state", "app_state"}
HOOKS = {"on_response_complete", "send_400_response", "_unsupported_upgrade_warning"}
"""Methods that uvicorn calls and LimitedHttpProtocol overrides."""
METHODS = {"shutdown"}
ATTRIBUTES = {"cycle", "parser", "url"}
REPLACED_ATTRIBUTES = {"flow"}
"""Set by uvicorn when a connection is made, and then by LimitedHttpProtocol."""
FLOW_MODULE, FLOW_METHODS = "uvicorn.protocols.http.flow_control", {"pause_reading", "resume_reading"}
CYCLE_ATTRIBUTES = {"response_started", "disconnected", "message_event"}
"""Of the object in ``cycle``: a request and its response."""
PARSER_CALLBACKS = {
    "on_message_begin", "on_url", "on_header", "on_headers_complete", "on_body", "on_message_complete",
}  # fmt: skip
"""Documented by httptools."""
ASYNCIO_METHODS = {"connection_made", "connection_lost", "data_received", "pause_writing", "resume_writing"}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends nothing."""


class Transport(asyncio.Transport):
    """Ignores what is written."""

    def write(self, data: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False


async def missing_names() -> set[str]:
    protocol_class = getattr(importlib.import_module(MODULE), PROTOCOL, None)
    if protocol_class is None:
        return {PROTOCOL}
    missing = PARAMETERS - {*inspect.signature(protocol_class).parameters}
    missing |= {name for name in HOOKS | METHODS | PARSER_CALLBACKS if not hasattr(protocol_class, name)}
    flow_control = getattr(importlib.import_module(FLOW_MODULE), "FlowControl", None)
    missing |= {f"FlowControl.{name}" for name in FLOW_METHODS if not hasattr(flow_control, name)}
    if missing:
        return missing
    config = uvicorn.Config(app, ws="none", log_config=None, lifespan="off")
    state = ServerState()
    protocol = protocol_class(config=config, server_state=state, app_state={})
    protocol.connection_made(Transport())
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n")
    while state.tasks:
        await asyncio.sleep(0)
    if not (missing := {name for name in ATTRIBUTES | REPLACED_ATTRIBUTES if not hasattr(protocol, name)}):
        missing = {f"cycle.{name}" for name in CYCLE_ATTRIBUTES if not hasattr(protocol.cycle, name)}
    return missing


def test_uvicorn_has_the_names_that_the_http_protocol_uses() -> None:
    missing = asyncio.run(missing_names())
    assert not missing, (
        f"uvicorn {uvicorn.__version__} has no {', '.join(sorted(missing))} in {MODULE}: adapt "
        "src/semsearch/api/middleware/connections.py to this release, or require an older one in pyproject.toml"
    )


def test_the_http_protocol_uses_no_other_names_of_uvicorn() -> None:
    source = (ROOT / "src/semsearch/api/middleware/connections.py").read_text(encoding="utf-8")
    [protocol] = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == PROTOCOL for base in node.bases)
    ]
    own = {node.name for node in protocol.body if isinstance(node, ast.FunctionDef)}
    used: set[str] = set()
    for node in ast.walk(protocol):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            if owner == "self" and isinstance(node.ctx, ast.Store):
                own.add(node.attr)
            elif owner in ("self", "super()"):
                used.add(node.attr)
            elif owner == "self.cycle":
                used.add(f"cycle.{node.attr}")
    of_uvicorn = (used - own) | (own & HOOKS)
    assert of_uvicorn == HOOKS | METHODS | ATTRIBUTES | {f"cycle.{name}" for name in CYCLE_ATTRIBUTES}
    public = {name for name in own if not name.startswith("_")} - {"close_to_make_room"}
    assert public == ASYNCIO_METHODS | PARSER_CALLBACKS | REPLACED_ATTRIBUTES | (
        HOOKS - {"_unsupported_upgrade_warning"}
    )
