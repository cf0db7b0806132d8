"""Measure a server with wrk: a closed loop, in which each client waits for a response before its next request.

wrk corrects its percentiles for coordinated omission.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from servers import HOST, Server

SCRIPT = """
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long microseconds; } moment; int gettimeofday(moment *now, void *zone);")

local requests, threads = {}, {}

function setup(thread)
  table.insert(threads, thread)
end

local function now()
  local moment = ffi.new("moment")
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.seconds) + tonumber(moment.microseconds) / 1e6
end

function init(arguments)
  for path in io.lines(arguments[1]) do
    table.insert(requests, wrk.format("GET", path))
  end
  repeats, sent, probed, seconds = arguments[2] == "repeat", 0, false, 0
end

function request()
  if not probed then  -- wrk calls this once before it sends anything
    probed = true
    return requests[1]
  end
  started = started or now()
  if sent >= #requests and not repeats then
    if seconds == 0 then seconds = now() - started end
    wrk.thread:stop()
    return requests[#requests]
  end
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end

function done(summary, latency)
  local errors, thread = summary.errors, threads[1]
  local seconds = thread:get("seconds")
  if seconds == 0 then seconds = summary.duration / 1e6 end
  print(string.format(
    '{"sent":%d,"succeeded":%d,"errors":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f}',
    thread:get("sent"), summary.requests - errors.status,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    seconds, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
"""
"""Requests each path once and stops, or repeats them until the time is over."""


@dataclass(frozen=True, slots=True)
class ClosedLoopResult:
    """The result of one run."""

    sent: int
    per_second: float
    """Responses with a good status."""
    p50_ms: float
    p99_ms: float
    errors: int
    """Other statuses, responses that took over ten seconds, and connections that failed."""

    def figures(self) -> dict[str, float]:
        """Return everything but the number of requests."""
        return {name: value for name, value in asdict(self).items() if name != "sent"}


def require_wrk() -> None:
    """Exit if wrk is not installed."""
    if shutil.which("wrk") is None:
        raise SystemExit("this benchmark needs wrk, which is not installed; run: apt install wrk")


def closed_loop(
    server: Server, paths: Sequence[str], connections: int, seconds: int, *, repeat: bool = False
) -> ClosedLoopResult:
    """Request each path once, or with ``repeat`` all of them over and over, for at most so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        script, lines = Path(folder) / "requests.lua", Path(folder) / "paths.txt"
        script.write_text(SCRIPT, encoding="utf-8")
        lines.write_text("".join(f"{path}\n" for path in paths), encoding="ascii")
        options = ["--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "10s"]
        command = ["wrk", *options, "--script", str(script), f"http://{HOST}:{server.port}", "--", str(lines)]
        process = subprocess.run(
            [*command, *(["repeat"] if repeat else [])], check=True, stdout=subprocess.PIPE, text=True
        )
    server.wait_until_idle()
    output = json.loads(process.stdout.splitlines()[-1])
    return ClosedLoopResult(
        sent=output["sent"],
        per_second=round(output["succeeded"] / output["seconds"], 1),
        p50_ms=round(output["p50_ms"], 2),
        p99_ms=round(output["p99_ms"], 2),
        errors=output["errors"],
    )
