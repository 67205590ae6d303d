# On a fresh machine `make demo` and `make test` install what they need first.
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Stamps in one .venv: run-time dependencies, those of tests and checks, and the core compiled with these.
RUNNING := $(VENV)/.running
READY := $(VENV)/.ready
COMPILED := $(VENV)/.compiled
FRENCH := [ "$$ECHEANCE_LANGUAGE" != en ]

.DEFAULT_GOAL := help
.PHONY: help setup compile demo servers up-distributed test test-both-ways test-faults test-simulation test-kubernetes test-deploy check format bench audit sbom release pin-images lock clean python port

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(COMPILED) ## Create .venv with all dependencies, and compile the core; the command is then .venv/bin/echeance

compile: $(READY) ## Compile the core again, after a change; without a C compiler it stays interpreted
	$(BIN)/python -m deploy.compiled

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ if $(FRENCH); then echo "Échéance demande Python 3.11 ou plus récent : make PYTHON=/chemin/de/python3.11 $(MAKECMDGOALS)"; \
		else echo "Échéance needs Python 3.11 or later: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; fi >&2; exit 1; }

port: | python
	@$(PYTHON) -B echeance/demo/port.py "$(PORT)" "$$ECHEANCE_LANGUAGE"

$(RUNNING): requirements.lock requirements-dev.lock pyproject.toml | python
	@packages=$$(grep -c == requirements.lock); if $(FRENCH); \
		then echo "Installation dans $(VENV) de ce qu’il faut pour fonctionner ($$packages paquets, environ 170 Mo), une seule fois…"; \
		else echo "Installing in $(VENV) what it takes to run ($$packages packages, some 170 MB), once…"; fi
	@$(PYTHON) -m venv --clear $(VENV)
	@sed -n '/^setuptools==/,/[^\]$$/p' requirements-dev.lock >$(VENV)/setuptools.lock
	@$(PIP) --require-hashes -r requirements.lock -r $(VENV)/setuptools.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(READY): $(RUNNING)
	@echo "Installing what tests and checks need as well (some 600 MB)…"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# Once: what changes later runs interpreted until `make compile`.
$(COMPILED): $(READY)
	@echo "Compiling the core (about a minute)…"
	@$(BIN)/python -m deploy.compiled
	@touch $@

# The port is checked before anything is installed.
demo: | port ## Run the demonstration on port 8080; another port: PORT=8081
	@$(MAKE) --no-print-directory $(RUNNING)
	$(BIN)/echeance demo --port $(PORT)

servers: $(READY) ## Run Kafka and PostgreSQL for development, until Ctrl-C; options in OPTIONS
	$(BIN)/python -m tests.servers $(OPTIONS)

up-distributed: $(READY) ## Run the distributed services on these servers, until Ctrl-C; options in OPTIONS
	$(BIN)/python -m tests.servers.distributed $(OPTIONS)

test: $(COMPILED) ## Run all tests
	$(BIN)/python -m tests

test-faults: $(READY) ## Run the fault tests of the distributed system, and print their results (15 minutes)
	$(BIN)/python -m tests.faults.distributed

test-both-ways: $(COMPILED) ## Run what the counting rests on compiled and interpreted: the law, the simulation, the faults (an hour)
	$(BIN)/python -m tests.compiled

test-simulation: $(READY) ## Run the simulation with all seeds: random years under crashes, checked against an independent count
	$(BIN)/python -m pytest -m "" tests/simulation

test-kubernetes: $(READY) ## Test the manifests on the cluster of KUBECONFIG, which must have the images (10 minutes)
	$(BIN)/python -m pytest -m kubernetes -v -rP tests/kubernetes

test-deploy: $(READY) ## Test the image and docker-compose.yml, killing each container; needs a Docker engine (30 minutes)
	$(BIN)/python -m tests.deploy.standin
	$(BIN)/python -m pytest -m docker tests/deploy

check: $(READY) ## Run all static checks: format, lint, types, imports, structure, Prometheus rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/structure
	$(BIN)/python -m pytest --quiet tests/deploy/test_rules.py tests/deploy/test_alertmanager.py

format: $(READY) ## Format the code, and fix lint errors
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Run the benchmarks, and print tables
	$(BIN)/python -m bench

audit: $(READY) ## Compare the locked packages with known vulnerabilities
	$(BIN)/python -m deploy.release.audit

sbom: $(READY) ## Make the bills of materials of the work tree, in build/sbom; of an image too: IMAGE=echeance:0.1.0
	$(BIN)/python -m deploy.release --allow-dirty --out build/sbom $(if $(IMAGE),--image $(IMAGE))

release: $(READY) ## Make the files of a release of the present commit, in build/release; IMAGE as for sbom
	$(BIN)/python -m deploy.release $(if $(IMAGE),--image $(IMAGE)) $(if $(BUILDER),--builder $(BUILDER))

pin-images: $(READY) ## Pin the images that are pulled by digest, where a registry answers
	$(BIN)/python -m deploy.release.images

lock: $(READY) ## Update the lock files to the newest dependencies, with hashes
	$(PYTHON) -m venv --clear build/lock && build/lock/bin/python -m pip install --quiet uv
	build/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -o requirements.lock
	build/lock/bin/uv pip compile pyproject.toml --extra otel --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -c requirements.lock -o requirements-otel.lock
	build/lock/bin/uv pip compile pyproject.toml --extra otel --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -c requirements-otel.lock -o requirements-dev.lock
	build/lock/bin/uv pip compile --group build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -c requirements-dev.lock -o requirements-build.lock

clean: ## Remove .venv, build/ and caches
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
