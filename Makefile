# Two commands do everything on a fresh machine: `make demo` and `make test`. Both set up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo servers up-distributed test test-faults test-simulation test-kubernetes test-deploy check format bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(READY) ## Make .venv with everything; the command is then .venv/bin/echeance

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Échéance needs Python 3.11 or later: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Two years of a ministry's files, then live traffic on an accelerated clock
	$(BIN)/echeance demo

servers: $(READY) ## Kafka and PostgreSQL for development, until Ctrl-C; options in OPTIONS
	$(BIN)/python -m tests.servers $(OPTIONS)

up-distributed: $(READY) ## The services as processes on these servers, until Ctrl-C; options in OPTIONS
	$(BIN)/python -m tests.servers.distributed $(OPTIONS)

test: $(READY) ## Run all tests
	$(BIN)/python -m tests

test-faults: $(READY) ## Break everything that can be broken in the distributed system, and print what came of it (a quarter of an hour)
	$(BIN)/python -m tests.faults.distributed

test-simulation: $(READY) ## Whole years at random under crashes, and every figure counted by hand: all seeds
	$(BIN)/python -m pytest -m "" tests/simulation

test-kubernetes: $(READY) ## Try the manifests on the cluster that KUBECONFIG names, where the images must be (ten minutes)
	$(BIN)/python -m pytest -m kubernetes -v -rP tests/kubernetes

test-deploy: $(READY) ## Build the image, run docker-compose.yml for real and kill each container; takes a Docker engine (half an hour)
	$(BIN)/python -m tests.deploy.standin
	$(BIN)/python -m pytest -m docker tests/deploy

check: $(READY) ## Format, lint, types, the direction of imports, and the rules for Prometheus
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/deploy/test_rules.py tests/deploy/test_alertmanager.py

format: $(READY) ## Rewrite the code in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Measure, and print tables
	$(BIN)/python -m bench

lock: $(READY) ## Pin the newest dependencies, with hashes and without addresses
	$(PYTHON) -m venv --clear build/lock && build/lock/bin/python -m pip install --quiet uv
	build/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -o requirements.lock
	build/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -c requirements.lock -o requirements-dev.lock

clean: ## Remove what setup and the tests made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
