"""How much does a server answer whose clients each wait for an answer before they ask again? Measured by wrk.

wrk takes its percentiles over what so many clients would have had to wait for, had they not waited for each other.
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
  again, asked, tried, seconds = arguments[2] == "again", 0, false, 0
end

function request()
  if not tried then  -- by wrk itself, which sends nothing yet
    tried = true
    return requests[1]
  end
  started = started or now()
  if asked >= #requests and not again then
    if seconds == 0 then seconds = now() - started end
    wrk.thread:stop()
    return requests[#requests]
  end
  asked = asked + 1
  return requests[(asked - 1) % #requests + 1]
end

function done(summary, latency)
  local errors, thread = summary.errors, threads[1]
  local seconds = thread:get("seconds")
  if seconds == 0 then seconds = summary.duration / 1e6 end
  print(string.format(
    '{"asked":%d,"answered":%d,"errors":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f}',
    thread:get("asked"), summary.requests - errors.status,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    seconds, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
"""
"""Asks for each path once, and stops where there are no more."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What came of one run."""

    asked: int
    """How many paths were asked for."""
    per_second: float
    """Good answers."""
    p50_ms: float
    p99_ms: float
    errors: int
    """Other statuses, answers that did not come within ten seconds, and connections that failed."""

    def figures(self) -> dict[str, float]:
        """All but how many were asked."""
        return {name: value for name, value in asdict(self).items() if name != "asked"}


def need_wrk() -> None:
    """Ends the process where there is no wrk."""
    if shutil.which("wrk") is None:
        raise SystemExit("this benchmark asks by means of wrk, which is not there; install it: apt install wrk")


def closed_loop(server: Server, paths: Sequence[str], connections: int, seconds: int, *, again: bool = False) -> Closed:
    """Asks for each path once, or with ``again`` for all of them over and over, on so many connections."""
    with tempfile.TemporaryDirectory() as folder:
        script, lines = Path(folder) / "ask.lua", Path(folder) / "paths.txt"
        script.write_text(SCRIPT, encoding="utf-8")
        lines.write_text("".join(f"{path}\n" for path in paths), encoding="ascii")
        how = ["--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "10s"]
        command = ["wrk", *how, "--script", str(script), f"http://{HOST}:{server.port}", "--", str(lines)]
        ran = subprocess.run([*command, *(["again"] if again else [])], check=True, stdout=subprocess.PIPE, text=True)
    server.rest()
    said = json.loads(ran.stdout.splitlines()[-1])
    return Closed(
        asked=said["asked"],
        per_second=round(said["answered"] / said["seconds"], 1),
        p50_ms=round(said["p50_ms"], 2),
        p99_ms=round(said["p99_ms"], 2),
        errors=said["errors"],
    )
