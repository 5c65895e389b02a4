# SPDX-License-Identifier: GPL-2.0-or-later
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check format bench fuzz-emulator lock clean
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

FUZZ ?= 200000
fuzz-emulator: setup-dev ## compare FUZZ (200000) random instructions of each kind with unicorn, and with qemu
	$(BIN)/python -m tests.support.emulator_fuzz $(FUZZ)
	for oracle in unicorn 7447a power8 power8le; do \
	    $(BIN)/python -m tests.support.emulator_vectors --oracle $$oracle --count $(FUZZ) || exit; done
	for model in "970 big" "power8 big" "power8 little"; do \
	    $(BIN)/python -m tests.support.emulator_fuzz_qemu $(FUZZ) 1 $$model || exit; done
	$(BIN)/python -m tests.support.emulator_vsx --count $(FUZZ)
	$(BIN)/python -m tests.support.emulator_vsx --count $(FUZZ) --little
	$(BIN)/python -m tests.support.emulator_qemu_e500 --count $(FUZZ)

lock: ## renew the lock files (needs uv)
	uv pip compile -q -U pyproject.toml --universal --generate-hashes --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --universal --generate-hashes --no-header -c requirements.lock -o requirements-dev.lock

clean: ## remove .venv and what tools left behind (stored observations stay)
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
