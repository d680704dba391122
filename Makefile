# `make help` lists the commands.

PYTHON ?= python3
TWIN ?= 1
SOURCE ?= $(if $(filter-out 1,$(TWIN)),twin-$(TWIN),twin)
PORT ?= 8000
SEED ?= 1
FIRMS ?= 1000000
FORMAT ?= parquet
UV ?= uv
BIN := .venv/bin
ENCLAVE := $(BIN)/python -m enclave

export PYTHONUTF8 := 1
export ENGINE

.DEFAULT_GOAL := help
.PHONY: help setup spark book test lab serve check twin twin-fit registers bench exhibits links lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: # install what the lock names into .venv, unless it is there
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed: install it, or name it as in: make PYTHON=python3.12 ..." >&2; exit 1; }
	@"$(PYTHON)" tools/set_up.py

spark: setup # install what the lock for Spark names on top, unless it is there
	@"$(PYTHON)" tools/set_up.py spark

book: setup $(if $(filter spark,$(ENGINE)),spark) ## run what is out of date and render the book (SOURCE=twin, TWIN=1)
	@$(ENCLAVE) build --source $(SOURCE)

test: setup spark ## run all tests
	@$(BIN)/python -m pytest

lab: setup ## open JupyterLab on the notebooks
	@$(BIN)/python -m jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

serve: setup ## serve the built book on localhost (SOURCE=twin, PORT=8000)
	@$(ENCLAVE) serve --source $(SOURCE) --port $(PORT)

check: setup ## check raw tables before a build (SOURCE=licensed)
	@$(ENCLAVE) check --source $(SOURCE)

twin: setup ## write the synthetic registers from the fitted counts in data/twin
	@$(ENCLAVE) twin --source $(SOURCE)

twin-fit: setup ## fit a twin to the printed numbers anew, an hour or more (TWIN=1, SEED=1)
	@$(ENCLAVE) twin-fit --source $(SOURCE) --seed $(SEED)

# without SOURCE they get a name of their own, so that they do not replace those of the book
registers: setup ## write synthetic registers of any size (FIRMS=1000000, TWIN=1, SEED=1, FORMAT=parquet)
	@$(ENCLAVE) registers --source $(if $(filter file,$(origin SOURCE)),firms-$(FIRMS),$(SOURCE)) \
		--twin $(TWIN) --firms $(FIRMS) --seed $(SEED) --format $(FORMAT)

bench: setup spark ## measure speed and memory, and keep the figures in data/bench
	@$(ENCLAVE) bench

exhibits: setup ## write the map of exhibits into the README
	@$(ENCLAVE) exhibits --write

links: book ## check that the addresses in the book answer (needs the network)
	@$(BIN)/jupyter-book build . --builder linkcheck --path-output _build/links

lock: ## renew the locks and environment.yml (needs uv)
	@command -v "$(UV)" >/dev/null || { echo "uv is needed to renew the lock: install uv." >&2; exit 1; }
	@"$(UV)" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --extra test --extra build pyproject.toml -o requirements.lock
	@"$(UV)" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --extra spark --constraint requirements.lock pyproject.toml \
		-o requirements-spark.lock
	@"$(PYTHON)" tools/write_environment.py

clean: ## remove everything made, but not .venv
	@rm -rf _build .pytest_cache .ruff_cache
