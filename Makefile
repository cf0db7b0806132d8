# make demo    sets everything up, indexes corpus/, and asks it three things
# make serve   starts the service on http://127.0.0.1:8000
# make test    linters, types and all tests
# make docs    the documentation, as a site in site/
# make screenshots  the pictures of the README and the documentation, with Chromium
# make bench   the figures of this project
# make format  what the linters can mend by themselves
# make clean   removes the environment; the index stays

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo serve test docs screenshots bench format clean

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

# Not --quiet: it would let warnings pass.
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screenshots: $(VENV)/.dev
	$(BIN)/python docs/make_screenshots.py

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/rebuild.py
	$(BIN)/python benchmarks/incremental.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/vectors.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/related.py
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/web.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV)

# A stamp a set of packages, renewed when what is to be installed changes.
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
