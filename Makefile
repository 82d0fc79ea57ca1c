# Two commands: `make demo` runs everything on the embedded default, `make test` checks everything.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_WAIT_POLICY ?= passive


.PHONY: demo test check lint types contracts unit dev lock clean help

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(VENV)/.base: pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh $(VENV)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh $(VENV) dev
	@touch $@ $(VENV)/.base

demo: $(VENV)/.base  ## the main job through Dagster, on real and invented data
	@$(BIN)/python -m explainrec_dagster.run

dev: $(VENV)/.base  ## Dagster's UI on this project
	@$(BIN)/python -m explainrec_dagster.sync
	@DAGSTER_HOME=$(CURDIR)/.explainrec/dagster $(BIN)/dagster dev -m explainrec_dagster.definitions

test: $(VENV)/.dev  ## lint, types, import contracts and all tests
	@scripts/browser.sh
	@$(MAKE) --no-print-directory check

check: lint types contracts unit

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

contracts:
	@$(BIN)/lint-imports

unit:
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q --durations=10

lock: $(VENV)/.dev  ## write constraints.txt from the environment
	@{ head -1 constraints.txt; $(BIN)/pip freeze --exclude-editable | grep -v ' @ '; } > constraints.new && mv constraints.new constraints.txt

clean:  ## remove what stages wrote, except the cache
	@rm -rf .explainrec data/code data/cards data/pretrained data/raw data/quality data/prepared data/heldout data/features \
	  data/labels data/systems data/predictions data/explanations data/evaluation data/report
