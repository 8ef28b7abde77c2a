# Everything a person needs to work here; CONTRIBUTING.md tells it in words.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest
SPREAD := -n 2 --dist loadfile --no-loadscope-reorder
LOCK_FLAGS := --quiet --strip-extras --no-allow-unsafe --no-emit-index-url --no-emit-trusted-host \
              --no-emit-find-links --no-emit-options --no-header --no-annotate

.PHONY: run test test-fast trust check fix bench demo verify lock browser

run: $(INSTALLED)  ## serve the demo district on 127.0.0.1:8050
	$(BIN)/python app.py $(ARGS)

test: $(INSTALLED) browser  ## every test but the deep ones; those in a browser one after another
	$(PYTEST) $(SPREAD) -m "not browser and not deep and not trust" $(ARGS)
	$(PYTEST) -m "browser and not deep and not trust" $(ARGS)

test-fast: $(INSTALLED)  ## what answers within a minute
	$(PYTEST) $(SPREAD) -m "not browser and not deep and not slow and not trust" $(ARGS)

trust: $(INSTALLED) browser  ## the promises of docs/reference/trust.md in full, on the started product, and long walks in a browser: three quarters of an hour
	$(PYTEST) tests/trust tests/browser -m trust $(ARGS)

check: $(INSTALLED)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(INSTALLED)  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)  ## the engine beside the yardstick, in one run
	$(BIN)/python app.py bench $(ARGS)

demo: $(INSTALLED)  ## rebuild data/demo, byte for byte
	$(BIN)/python app.py synthesise --seed 1 --out data/demo

verify: $(INSTALLED)  ## minutes of simulation against exact values at narrow bounds
	$(PYTEST) -m deep -s $(ARGS)

lock: $(INSTALLED)  ## resolve the dependencies of pyproject.toml anew
	$(BIN)/pip-compile $(LOCK_FLAGS) --extra server --extra sensitivity --extra cluster --extra test --output-file requirements.lock pyproject.toml

browser:
	@scripts/ensure_browser.sh

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	touch $@
