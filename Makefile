# SPDX-License-Identifier: GPL-2.0-or-later
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check format bench lock clean
BIN := .venv/bin

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: .venv/.runtime ## make .venv with bisectd and what it runs on (uv where installed, else venv and pip)

setup-dev: .venv/.dev ## the same, and what tests, checks and benchmarks want

.venv/.runtime: requirements.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml scripts/setup.sh | .venv/.runtime
	@sh scripts/setup.sh requirements-dev.lock
	@touch $@

demo: setup ## find the commit that lost MSR_FE0 and MSR_FE1, on the bundled history
	@$(BIN)/bisectd demo

test: setup-dev ## run the whole test suite
	$(BIN)/pytest -n auto

check: setup-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev ## write the code as `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev ## measure speed and memory (docs/benchmarks.md says what and how)
	$(BIN)/python -m benchmarks

lock: ## renew the lock files (needs uv)
	uv pip compile -q -U pyproject.toml --universal --generate-hashes --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --universal --generate-hashes --no-header -c requirements.lock -o requirements-dev.lock

clean: ## remove .venv and what tools left behind (stored observations stay)
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
