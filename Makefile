# Two commands do all the set-up: `make demo` shows it, `make test` proves it. Needs Python 3.11+ with venv, make and openssl; nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What is imported is compiled then: a sixth of all files.
INSTALL := $(PIP) install --no-compile
PYTEST := $(BIN)/python -m pytest
# Tests wait for servers and browsers, too: three workers keep two cores busy.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
ROUNDS ?= 20

# Dozens of processes are started; none should translate our thousand files anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-long check format bench schema requirements clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | awk -F': ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

demo: $(READY) ## server, worker and simulated phones, with a year of real purchases of 50 households
	@exec $(BIN)/honeyguide demo

test: $(READY) ## all tests on a real PostgreSQL; those of database, ledger and till on PostgreSQL 15 too
	@$(PYTEST) -n $(WORKERS) --dist worksteal; main=$$?; $(BIN)/python tests/on_postgres_15.py tests/database tests/ledger tests/till -n $(WORKERS) && exit $$main

test-long: $(READY) ## up to an hour of kills under load (ROUNDS=20) and of property tests with many more examples
	HONEYGUIDE_LONG=1 HONEYGUIDE_KILL_ROUNDS=$(ROUNDS) $(PYTEST) -m "long or hypothesis" -n $(WORKERS) -rP --timeout 3600

check: $(READY) ## format, lint, types, who imports whom, generated files, rules of the books' tables, known vulnerabilities
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	@$(BIN)/mypy & types=$$!; ( set -ex; $(AS_WELL) ); rest=$$?; wait $$types && exit $$rest
AS_WELL = $(BIN)/lint-imports; $(BIN)/honeyguide schema --check; $(BIN)/python .ci/sbom.py --check; $(BIN)/python .ci/audit.py

format: $(READY) ## format the code, mend what lint can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(READY) ## the till against the naive limit of the same machine
	$(PYTEST) tests/bench tests/wallet -m bench -s

schema: $(READY) ## write the generated files in schema/
	$(BIN)/honeyguide schema
	$(BIN)/python .ci/sbom.py

requirements: $(READY) ## pin dependencies with hashes, changing as little as possible (UPGRADE=1 takes the newest)
	$(BIN)/uv pip compile -q $(COMPILE) --extra tracing pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q $(COMPILE) --all-extras pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q $(COMPILE) requirements-build.in -o requirements-build.txt
	$(BIN)/python .ci/sbom.py
COMPILE = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" $(if $(UPGRADE),--upgrade)

clean: ## remove what was built; .honeyguide/ keeps the demo's data
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-artifacts

$(READY): requirements-build.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Honeyguide needs Python 3.11 or newer; choose one with make PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing packages into .venv"
	@$(INSTALL) --require-hashes -r requirements-build.txt
	@$(INSTALL) --require-hashes --no-build-isolation -r requirements-dev.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@
