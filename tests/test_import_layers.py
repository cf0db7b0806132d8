"""Each layer imports only layers below it, and each heavy library is imported in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import ROOT

SOURCE = ROOT / "src" / "semsearch"
MODULES = sorted(file.relative_to(SOURCE).as_posix() for file in SOURCE.rglob("*.py"))

# From the lowest layer to the highest. A path inside a package is a layer of its own. "semsearch" is the package
# itself: its names lead to lower layers.
ORDER = [
    "lazy_imports", "system_errors", "errors", "platforms", "posts", "text", "body_parts", "plain_values", "edited",
    "model_card", "settings", "site_file",
    "corpus", "ingest", "encoding", "analysis",
    "index/filters", "index/storage", "index/grouping", "index/lexical", "index",
    "ranking", "relating", "rebuilding", "search", "client", "rendering", "exporting", "evaluation", "semsearch",
    "serving",
    "api/auth", "api/errors", "api/request_context", "api/v1", "api/operations", "api/pages", "api/middleware", "api",
    "web", "cli", "__main__",
]  # fmt: skip
PACKAGES = {layer.split("/")[0] for layer in ORDER}
FORBIDDEN = {
    ("analysis", "encoding"),
    ("index", "encoding"),
    ("ranking", "encoding"),
    ("relating", "encoding"),
    ("relating", "ranking"),
    ("search", "corpus"),
    *((layer.split("/")[0], "ingest") for layer in ORDER if layer.split("/")[0] not in ("ingest", "cli", "semsearch")),
    ("search", "rebuilding"),
    *(("client", layer) for layer in ("analysis", "corpus", "encoding", "index", "ranking", "relating", "rebuilding")),
    *((online, layer) for online in ("serving", "api") for layer in ("client", "corpus", "rebuilding")),
    *((online, "semsearch") for online in ("serving", "api")),  # it leads to rebuilding
    *((layer.split("/")[0], "settings") for layer in ORDER if layer.split("/")[0] not in ("api", "cli")),
}
"""Pairs of packages of which the first must not import the second, although that is a lower layer."""
HOMES = {
    "faiss": ("index/faiss_vectors.py",),
    "py3langid": ("analysis/language_detection.py",),
    "tantivy": ("index/lexical/", "analysis/stems.py"),
    "openvino": ("encoding/",),
    "torch": ("encoding/reference.py", "encoding/conversion.py"),
    "sentence_transformers": ("encoding/reference.py", "encoding/export.py", "encoding/reranker.py"),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "uvicorn": ("api/middleware/connections.py", "cli/"),
    "httpx": ("client/", "ingest/network/"),
    "typer": ("cli/",),
    "rich": ("cli/",),
    "lxml": ("ingest/",),
    "pyromark": ("ingest/markup/",),
    "selectolax": ("ingest/",),
}


def layer_of(module: str) -> str | None:
    """``semsearch.index.lexical.queries`` → ``index/lexical``; None for what is in no layer."""
    path = module.removeprefix("semsearch").removeprefix(".").replace(".", "/")
    if not path:
        return "semsearch"
    inside = [layer for layer in ORDER if path == layer or path.startswith(f"{layer}/")]
    return max(inside, key=len, default=None)


def imports(module: str, source: str) -> Iterator[str]:
    """Every module that is imported anywhere in a source file, in functions and for types alone too."""
    path = module.removesuffix(".py").split("/")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ["semsearch", *path][: -node.level] if node.level else []
            parent = ".".join([*start, *([node.module] if node.module else [])])
            packages = [alias.name for alias in node.names if parent == "semsearch" and alias.name in PACKAGES]
            yield from (f"semsearch.{name}" for name in packages)
            if len(packages) < len(node.names):
                yield parent


def violations(module: str, source: str) -> list[str]:
    """What is wrong with the imports of ``module``, a path below ``src/semsearch``."""
    own = layer_of("semsearch." + module.removesuffix(".py").removesuffix("__init__").rstrip("/").replace("/", "."))
    if own is None:
        return [f"{module} is in no layer that this test knows: give it a place in the order"]
    found = []
    for name in imports(module, source):
        library = name.split(".")[0]
        if library in HOMES and not module.startswith(HOMES[library]):
            found.append(f"{module} imports {name}, which belongs in {' and '.join(HOMES[library])}")
        if library != "semsearch" or (other := layer_of(name)) == own:
            continue
        if other is None:
            found.append(f"{module} imports {name}, which is in no layer")
        elif (own.split("/")[0], other.split("/")[0]) in FORBIDDEN:
            found.append(f"{module} imports {name}: {own} does not know {other}")
        elif ORDER.index(other) > ORDER.index(own):
            found.append(f"{module} imports {name}: {other} comes after {own}")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    source = (SOURCE / module).read_text(encoding="utf-8")

    assert violations(module, source) == []


def test_every_library_is_imported_in_its_home() -> None:
    """Else its rule would hold whatever happens."""
    imported = {
        (name.split(".")[0], home)
        for module in MODULES
        for name in imports(module, (SOURCE / module).read_text(encoding="utf-8"))
        for home in HOMES.get(name.split(".")[0], ())
        if module.startswith(home)
    }

    assert {library for library, _ in imported} == set(HOMES)


def test_a_web_folder_holds_no_python() -> None:
    assert list((SOURCE / "web").rglob("*.py")) == []


@pytest.mark.parametrize(
    ("module", "source", "message"),
    [
        ("index/faiss_vectors.py", "import semsearch.encoding.cache", "index does not know encoding"),
        (
            "index/faiss_vectors.py",
            "def f():\n    from semsearch.encoding import Encoder",
            "index does not know encoding",
        ),
        ("search/ranking.py", "from semsearch.corpus.loader import load", "search does not know corpus"),
        ("search/ranking.py", "from semsearch import rebuilding", "search does not know rebuilding"),
        ("search/ranking.py", "from .. import rebuilding", "search does not know rebuilding"),
        ("search/ranking.py", "from ..rebuilding import rebuild", "search does not know rebuilding"),
        ("search/__init__.py", "from ..corpus import load", "search does not know corpus"),
        ("rebuilding/rebuild.py", "from semsearch.search import open_index", "search comes after rebuilding"),
        ("ranking/ranker.py", "from semsearch.search.requests import Mode", "search comes after ranking"),
        ("ranking/ranker.py", "from semsearch.rebuilding import calibration", "rebuilding comes after ranking"),
        (
            "index/lexical/index.py",
            "from semsearch.ranking.score import Explanation",
            "ranking comes after index/lexical",
        ),
        ("corpus/loader.py", "from semsearch.search import open_index", "search comes after corpus"),
        ("client/calls.py", "from semsearch.index import Filter", "client does not know index"),
        ("client/clients.py", "from semsearch.api import create_app", "api comes after client"),
        ("api/app.py", "import httpx", "belongs in client/"),
        ("api/app.py", "from semsearch.corpus import load", "api does not know corpus"),
        ("api/app.py", "from semsearch import rebuild", "api does not know semsearch"),
        ("index/storage/files.py", "from semsearch.settings import Settings", "index/storage does not know settings"),
        ("evaluation.py", "import semsearch.settings", "evaluation does not know settings"),
        ("text.py", "if TYPE_CHECKING:\n    from semsearch.index import Filter", "index comes after text"),
        ("errors.py", "import semsearch", "semsearch comes after errors"),
        ("search/ranking.py", "import semsearch.fusion", "which is in no layer"),
        ("index/writer.py", "import faiss", "belongs in index/faiss_vectors.py"),
        ("index/faiss_vectors.py", "import tantivy", "belongs in index/lexical/"),
        ("encoding/opening.py", "from torch import nn", "belongs in encoding/reference.py and encoding/conversion.py"),
        ("search/ranking.py", "import openvino.runtime", "belongs in encoding/"),
        ("cli/serve.py", "from fastapi.responses import Response", "belongs in api/"),
        ("api/app.py", "from rich.console import Console", "belongs in cli/"),
        ("fusion.py", "", "give it a place in the order"),
        ("index/storage/files.py", "from semsearch.index.faiss_vectors import x", "index comes after index/storage"),
        (
            "index/grouping/series.py",
            "import semsearch.index.lexical.terms",
            "index/lexical comes after index/grouping",
        ),
        ("api/auth/keys.py", "from semsearch.api.v1.schemas import HitSchema", "api/v1 comes after api/auth"),
        ("api/v1/routes.py", "from semsearch.api.pages import router", "api/pages comes after api/v1"),
        ("serving/executor.py", "from semsearch.api.auth.keys import Key", "api/auth comes after serving"),
        ("serving/executor.py", "from starlette.requests import Request", "belongs in api/"),
    ],
)
def test_a_broken_rule_names_the_file_and_the_import(module: str, source: str, message: str) -> None:
    [found] = violations(module, source)

    assert found.startswith(module)
    assert message in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "index/faiss_vectors.py",
            "import faiss\nfrom semsearch.index.storage import files\nfrom . import attributes",
        ),
        ("api/app.py", "from semsearch.settings import Settings\nimport fastapi\nfrom semsearch.search import Hit"),
        ("cli/commands.py", "import semsearch\nimport typer\nfrom semsearch.rebuilding import rebuild"),
        ("encoding/openvino.py", "import openvino\nfrom semsearch.errors import ModelError"),
        ("rebuilding/calibration.py", "from semsearch.ranking.ranker import Ranker"),
        ("evaluation.py", "from semsearch.rebuilding import rebuild_from\nfrom semsearch.search import open_index"),
    ],
)
def test_imports_of_lower_layers_are_allowed(module: str, source: str) -> None:
    assert violations(module, source) == []


def test_the_modules_are_found() -> None:
    assert {"errors.py", "index/faiss_vectors.py", "search/searcher.py"} <= set(MODULES)
    assert Path(SOURCE / "__init__.py").is_file()
