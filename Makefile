# Needs only Python >= 3.11 and make; everything else is installed into .venv from requirements.lock.
SHELL := /bin/sh
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
# Trust what the machine trusts: behind a company's proxy that is more than uv brings along.
export UV_SYSTEM_CERTS ?= true
MEMBERS := protos libs/chassis libs/tenancy-client services/gateway services/tenancy services/booking services/assistant-sync cli

SERVICES := switchboard-gateway switchboard-tenancy switchboard-booking switchboard-assistant-sync

.DEFAULT_GOAL := help
.PHONY: help setup demo up test lint format hammer bench gen release-protos lock clean

help: ## this menu
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it
demo: setup ## two clinics, one URL: real calls through the whole set, shown and checked
	@$(BIN)/switchboard demo

up: setup ## the whole set on embedded PostgreSQL until Ctrl-C
	@$(BIN)/switchboard up

##@ Work on it
setup: .venv/.installed ## make .venv (the others call it when needed)

test: lint ## every check and every test, in a process for each core; what CI runs
# No worker in the place of one that died: with another pytest-xdist 3.8 waits for ever, instead of naming the test.
	@$(BIN)/pytest -q -n logical --dist loadfile --max-worker-restart 0

lint: setup ## ruff, mypy, import rules
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy --no-error-summary
	@told=$$($(BIN)/lint-imports --no-cache) || { echo "$$told"; exit 1; }

format: setup ## let ruff arrange the code
	@$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format .

gen: setup ## generate protos/gen from the .proto files
	@$(BIN)/python protos/generate.py

release-protos: setup ## promise from now on what the protos say (protos/released.json)
	@$(BIN)/python protos/release.py

hammer: setup ## what takes over a minute; its short forms are in make test
	@SWITCHBOARD_HAMMER=1 $(BIN)/pytest -q tests/hammer services/booking/tests/model services/booking/tests/caldav/test_random.py
	@$(BIN)/python -m tests.hammer
	@$(BIN)/python -m tests.hammer.assistants
	@$(BIN)/python -m tests.hammer.changes
	@$(BIN)/python -m tests.hammer.crowd
	@$(BIN)/python -m tests.hammer.api
	@$(BIN)/python -m tests.hammer.messages

bench: setup ## speed, as ratios in one run
	@$(BIN)/python -m tests.bench

lock: setup ## resolve the dependencies anew and export requirements.lock (versions and hashes)
	@$(BIN)/uv lock --quiet --upgrade
	@$(BIN)/uv export --quiet --no-emit-workspace --all-packages --all-extras --no-header --no-annotate -o requirements.lock
	@$(BIN)/uv export --quiet --no-emit-workspace --no-dev $(SERVICES:%=--package %) --no-header --no-annotate -o deploy/requirements.lock
	@rm -f uv.lock

clean: ## remove the environment and the local stack's data
	@rm -rf .venv .switchboard

.venv/.installed: requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@$(PYTHON) cli/check_machine.py
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(MEMBERS:%=-e ./%)
	@touch $@
