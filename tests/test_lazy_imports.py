"""Which modules are loaded when? Measured in new interpreters, since this one has loaded all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "torch", "sentence_transformers", "transformers", "faiss", "tantivy", "openvino", "numpy", "fastapi", "typer",
    "pydantic", "tokenizers", "huggingface_hub", "sentencex", "httpx",
}  # fmt: skip
TORCH = {"torch", "sentence_transformers", "transformers", "huggingface_hub"}


def run(code: str, *arguments: object) -> object:
    """Run ``code`` in a new interpreter, and return its variable ``result``."""
    script = f"import json, sys\n{code}\nprint(json.dumps(result))"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def loaded_after(code: str, *arguments: object) -> set[str]:
    """The top-level packages that ``code`` loads."""
    names = run(f"{code}\nresult = sorted({{name.split('.')[0] for name in sys.modules}})", *arguments)
    assert isinstance(names, list)
    return set(names)


def test_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_after("import semsearch")

    assert "semsearch" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("from semsearch import Post, SemsearchError", set()),
        ("from semsearch.corpus import load", set()),
        ("from semsearch import open", {"numpy", "faiss", "tantivy"}),
        ("from semsearch import Client", {"numpy", "pydantic", "httpx"}),
        ("from semsearch import rebuild", {"numpy", "faiss", "tantivy"}),
    ],
)
def test_a_name_loads_only_what_it_needs(code: str, heavy: set[str]) -> None:
    assert loaded_after(code) & HEAVY == heavy


def test_search_over_an_exported_model_loads_no_torch(demo_index: Path) -> None:
    loaded = loaded_after(
        "import semsearch\n"
        "searcher = semsearch.open(sys.argv[1])\n"
        "assert searcher.search('how do models solve maths problems?').hits[0].id == 'solving-math-word-problems'\n"
        "assert searcher.related('vpt').hits\n"
        "assert searcher.suggest('lear').suggestions\n",
        demo_index,
    )

    assert {"faiss", "openvino", "tantivy"} <= loaded
    assert loaded & TORCH == set()


def test_printing_does_not_load_evaluation_libraries() -> None:
    loaded = loaded_after("import semsearch.cli.printing, semsearch.search")

    assert loaded & {"scipy", "ir_measures"} == set()


def test_worker_supervisor_does_not_load_what_workers_need() -> None:
    loaded = loaded_after("import semsearch.cli.workers")

    assert loaded & (HEAVY | {"uvicorn"}) == {"typer"}


def test_public_functions_are_not_shadowed_by_modules() -> None:
    """An imported module becomes an attribute of its package, and would hide a function of the same name."""
    names = run(
        "import semsearch.rebuilding.rebuild, semsearch.search.opening, semsearch\n"
        "from semsearch import rebuild\n"
        "result = [type(semsearch.rebuild).__name__, type(semsearch.open).__name__, rebuild is semsearch.rebuild,\n"
        "          semsearch.open.__name__, semsearch.rebuild.__name__]"
    )

    assert names == ["function", "function", True, "open_index", "rebuild"]


def test_every_public_name_resolves() -> None:
    names = run("import semsearch\nresult = {name: getattr(semsearch, name).__name__ for name in semsearch.__all__}")

    assert names == {
        "AsyncClient": "AsyncClient",
        "Client": "Client",
        "Post": "Post",
        "Report": "Report",
        "Searcher": "Searcher",
        "SemsearchError": "SemsearchError",
        "open": "open_index",
        "rebuild": "rebuild",
    }


def test_unknown_name_is_an_attribute_error() -> None:
    message = run(
        "import semsearch\ntry:\n    semsearch.serach\nexcept AttributeError as error:\n    result = str(error)"
    )

    assert message == "module 'semsearch' has no attribute 'serach'"
