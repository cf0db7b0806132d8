# make demo    installs semsearch, indexes corpus/, and runs three queries
# make serve   starts the search page and the API on http://127.0.0.1:8000
# make test    runs linters, type checks and all tests
# make campaign  runs the tests of faults and attacks with their long part, and prints a table of them
# make docs    builds the documentation site in site/
# make sbom    writes the software bill of materials to sbom.json
# make screenshots  renews the pictures of README and documentation; needs Chromium
# make bench   prints the figures of this project
# make format  formats the code and applies the fixes of the linter
# make clean   removes the environment, not the index

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo serve test campaign docs sbom screenshots bench format clean

demo: $(VENV)/.product
	$(BIN)/semsearch rebuild
	@printf '\n'
	$(BIN)/semsearch search "how do models learn to do maths?" --limit 3
	@printf '\n'
	$(BIN)/semsearch search "stopping a picture generator from making harmful images" --limit 3
	@printf '\n'
	$(BIN)/semsearch related formal-math --limit 3

serve: $(VENV)/.product
	@[ -e index/CURRENT ] || $(BIN)/semsearch rebuild
	$(BIN)/semsearch serve

test: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pytest -n 3

campaign: $(VENV)/.dev
	$(BIN)/pytest -n 2 -m '' $(wildcard tests/faults tests/attacks)

# Without --quiet, which would hide warnings from --strict.
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

sbom: $(VENV)/.dev
	$(BIN)/python deploy/sbom.py > sbom.json

screenshots: $(VENV)/.dev
	$(BIN)/python docs/make_screenshots.py

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/rebuild.py
	$(BIN)/python benchmarks/incremental.py
	$(BIN)/python benchmarks/watch.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/vectors.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/related.py
	$(BIN)/python benchmarks/worst_case.py
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/soak.py
	$(BIN)/python benchmarks/web.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV)

# A stamp file for each set of packages; make installs again when pyproject.toml or constraints.txt is newer.
$(VENV)/.product: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.product

$(VENV)/.bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@ $(VENV)/.dev $(VENV)/.product

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "semsearch needs Python 3.11 or later; name one: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
