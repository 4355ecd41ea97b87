# Every command of the project. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
READY := .venv/.complete
MEMBERS := $(wildcard shared/pyproject.toml services/*/pyproject.toml standalone/pyproject.toml simulator/pyproject.toml)
SOURCES := shared services standalone simulator tests scripts deploy $(wildcard bench)
# Each writes its files, or with --check says that they are stale.
GENERATORS := $(subst /,.,$(basename $(wildcard scripts/generate/[a-z]*.py)))
UV = $(or $(shell command -v uv),$(wildcard $(CURDIR)/.tools/uv/bin/uv),uv)

# Narrows a target: make test T=tests/unit/inbox
T ?=

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Start

.PHONY: setup
setup: $(READY) ## the whole environment, from a bare machine with Python 3.11

# Made again only when what it is made from has changed.
$(READY): requirements/dev.lock requirements/tools.lock $(MEMBERS) scripts/setup.sh
	@scripts/setup.sh

.PHONY: demo
demo: $(READY) ## every service in one process, fed by the simulator; prints one URL
	@$(BIN)/huiying demo $(ARGS)

.PHONY: run
run: $(READY) ## every service in one process
	@$(BIN)/huiying run $(ARGS)

.PHONY: hooks
hooks: $(READY) ## check each commit on this machine before it is made
	@$(BIN)/pre-commit install --hook-type pre-commit --hook-type commit-msg

##@ Check

.PHONY: check
check: format-check lint types arch contracts-check ## all of this group without changing a file, under a minute

.PHONY: format
format: $(READY) ## lay the code out
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --quiet --fix --select I $(SOURCES)

.PHONY: format-check
format-check: $(READY)
	@$(BIN)/ruff format --check $(SOURCES)

.PHONY: lint
lint: $(READY) ## ruff
	@$(BIN)/ruff check $(SOURCES)

.PHONY: types
types: $(READY) ## mypy, strict
	@$(BIN)/mypy shared services standalone simulator scripts deploy tests/support

.PHONY: arch
arch: $(READY) ## who may import whom
	@$(BIN)/lint-imports --no-logo

.PHONY: contracts
contracts: $(READY) ## write again what is generated: contracts/, .env.example
	@for generator in $(GENERATORS); do $(BIN)/python -m $$generator; done

.PHONY: contracts-check
contracts-check: $(READY)
	@for generator in $(GENERATORS); do $(BIN)/python -m $$generator --check; done

##@ Test

.PHONY: test
test: $(READY) ## everything that needs no server
	@$(BIN)/pytest -m "not servers" $(or $(T),$(wildcard tests/unit tests/contract tests/e2e))

.PHONY: test-unit
test-unit: $(READY) ## no socket, no process: seconds
	@$(BIN)/pytest -m "not servers" $(or $(T),tests/unit)

.PHONY: test-contract
test-contract: $(READY) ## transports, connectors, events, routes, deployment, architecture
	@$(BIN)/pytest -m "not servers" $(or $(T),tests/contract)

.PHONY: test-e2e
test-e2e: $(READY) ## a file is a journey
	@$(BIN)/pytest -m "not servers" $(or $(T),tests/e2e)

.PHONY: test-integration
test-integration: $(READY) ## the same on real Kafka and PostgreSQL; REQUIRE_SERVERS=1 forbids skipping
	@$(BIN)/pytest -m servers $(or $(T),$(wildcard tests/unit tests/contract tests/integration tests/e2e tests/chaos))

.PHONY: chaos
chaos: $(READY) ## the long run: 50 kills on one machine, then 50 and the outages on Kafka and PostgreSQL
	@$(BIN)/python -m tests.chaos --mode one_machine $(ARGS)
	@$(BIN)/python -m tests.chaos --mode kafka $(ARGS)

.PHONY: bench
bench: $(READY) ## the benchmarks: one table, and JSON in bench/results
	@$(BIN)/python -m tests.load

##@ Servers

.PHONY: up
up: .env ## the services on Kafka and PostgreSQL, in containers
	docker compose up --build --detach $(ARGS)
	@echo "http://127.0.0.1:$${HUIYING_PORT:-8080}"

.PHONY: down
down: ## stop them; what they stored stays
	docker compose --profile '*' down $(ARGS)

.PHONY: logs
logs: ## follow what they say
	docker compose logs --follow $(ARGS)

# Written once, with fresh secrets, and never over one that is there.
.env: | $(READY)
	@$(BIN)/python deploy/make_env.py

.PHONY: servers-install
servers-install: $(READY) ## fetch what test-integration runs where there is no Docker
	@$(BIN)/python -m tests.support.servers.install

##@ Data and dependencies

.PHONY: migrate
migrate: $(READY) ## bring every service's schema up to date
	@$(BIN)/huiying migrate $(ARGS)

.PHONY: migration
migration: $(READY) ## draft a migration from the tables: make migration S=inbox M="what it does"
	@$(BIN)/python -m $(S).main migration "$(M)"

.PHONY: train
train: $(READY) ## train scoring's model again: make train ARGS="--data DIR --out DIR"
	@$(BIN)/huiying train $(ARGS)

.PHONY: lock
lock: $(READY) ## after changing a dependency: requirements/*.lock; ARGS="--free NAME" or --free-all lets pins move
	@UV=$(UV) $(BIN)/python scripts/lock.py $(ARGS)

.PHONY: clean
clean: ## remove what the tools left; the environment and the data stay
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
