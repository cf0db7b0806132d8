"""Measure how long a saved file takes to be found by a service that watches a blog.

    python benchmarks/watch.py [--posts 500] [--rounds 5]

Prints JSON. `seconds` is the time from saving a file, with a word that no other post has, until a search for that word
finds it: the median and the maximum of some rounds, with `semsearch serve --watch` on a folder of Markdown files.
`cpu_seconds` is the CPU time that the service and the process that rebuilds took meanwhile, which depends less on what
else runs on the machine. `first_seconds` is of the first file, before which the process has read no post.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from common import median, print_result
from ingest import write_markdown

_PATIENCE_SECONDS = 120.0


def seconds_until_found(client: httpx.Client, word: str) -> float:
    """Search for a word until a post is found."""
    started = time.perf_counter()
    while time.perf_counter() - started < _PATIENCE_SECONDS:
        response = client.get("/v1/search", params={"q": word, "mode": "lexical"})
        if response.status_code == httpx.codes.OK and any(word in hit["title"] for hit in response.json()["hits"]):
            return time.perf_counter() - started
        time.sleep(0.05)
    raise SystemExit(f"{word} was not found within {_PATIENCE_SECONDS:.0f} s")


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time that a process and its children took so far."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--posts", type=int, default=500, help="posts of the blog (default 500)")
    arguments.add_argument("--rounds", type=int, default=5, help="files that are saved (default 5)")
    arguments.add_argument("--cache", type=Path, help="a folder of exported models and vectors")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, port = Path(temporary), free_port()
        write_markdown(folder / "blog", options.posts)
        environment = os.environ | ({"SEMSEARCH_CACHE": str(options.cache.resolve())} if options.cache else {})
        semsearch = [sys.executable, "-m", "semsearch"]
        subprocess.run(
            [*semsearch, "rebuild", "--from", "blog"], check=True, cwd=folder, env=environment, stdout=sys.stderr
        )
        command = [*semsearch, "serve", "--watch", "--from", "blog", "--port", str(port)]
        service = subprocess.Popen(command, cwd=folder, env=environment, stdout=sys.stderr)
        try:
            seconds, cpu, process = [], [], psutil.Process(service.pid)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
                wait_until_ready(client)
                for number in range(options.rounds + 1):
                    word = f"zyx{number}wvu"
                    file = folder / "blog" / f"saved-{number}.md"
                    file.write_text(
                        f"---\ntitle: The word {word}\ndate: 2024-01-01\n---\n\nA text with {word} in it.\n",
                        encoding="utf-8",
                    )
                    before = cpu_seconds(process)
                    seconds.append(seconds_until_found(client, word))
                    cpu.append(cpu_seconds(process) - before)
        finally:
            service.terminate()
            service.wait()
        print_result(
            "watch",
            posts=options.posts,
            first_seconds=round(seconds[0], 2),
            seconds=median(seconds[1:]),
            seconds_max=round(max(seconds[1:]), 2),
            cpu_seconds=median(cpu[1:]),
        )


def wait_until_ready(client: httpx.Client) -> None:
    started = time.perf_counter()
    while time.perf_counter() - started < _PATIENCE_SECONDS:
        try:
            if client.get("/v1/search", params={"q": "river"}).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the service did not start")


if __name__ == "__main__":
    main()
