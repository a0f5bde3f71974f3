# Two commands matter: `make demo` and `make test`. Both do all the set-up that they need.
# The first Python that runs and is new enough; a name on the PATH may be an empty shim.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := .make/environment
TOOLS := .make/tools
NPM := $(BIN)/python ui/make_page.py npm run --silent
TEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test check format ui test-ui e2e shots bench torture fuzz docs deps clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(STAMP) ui ## Run the main job on example files and a local API, and fill a gateway with a demo project
	@$(BIN)/python examples/demo.py

serve: $(STAMP) ui ## Serve the gateway of the demo on http://localhost:8080 (INTAKEGATEWAY_HOME: another one)
	@$(BIN)/python examples/demo_service.py

test: $(TOOLS) deps test-ui e2e ## Provide real servers and run every test
	@$(BIN)/python -m pytest -n auto --dist worksteal $(TEST_ARGS) || { \
		test -n "$$CI" && echo "FAILED above: each of these is run once more, alone. One that passes now hopes for timing: mend it." && \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(TEST_ARGS); }

check: $(TOOLS) ui ## Format, lint, types, layers, the rules of the house
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(NPM) types && $(NPM) check
	@INTAKEGATEWAY_TEST_SERVERS=none $(BIN)/python -m pytest -q tests/arch

ui: $(STAMP) ## Build the page, where its sources have changed
	@$(BIN)/python ui/make_page.py

test-ui: ui ## The page's stories, and what each of its routes weighs
	@$(NPM) test
	@UI_OUT=../src/intakegateway/_ui $(NPM) size

e2e: $(TOOLS) ui deps ## Journeys through the page in a real browser, on a real gateway with real databases
	@PYTHON=$(CURDIR)/$(BIN)/python $(NPM) e2e -- $(E2E_ARGS)

shots: $(TOOLS) ui deps ## Pictures of every page, in two sizes and two themes, into ui/shots
	@PYTHON=$(CURDIR)/$(BIN)/python $(NPM) shots

format: $(TOOLS) ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(TOOLS) deps ## Compare with psql and other tools, side by side (BENCH="csv upsert" picks cases)
	@$(BIN)/python -m benchmarks.run $(BENCH)

torture: $(TOOLS) deps ## Kill loads and workers at random moments, many times, in every mode and destination
	@INTAKEGATEWAY_TORTURE=30 $(BIN)/python -m pytest -n auto tests/crash $(TEST_ARGS)
	@INTAKEGATEWAY_TORTURE_RUNS=1000 $(BIN)/python -m pytest tests/services/test_pool.py -k killed --timeout 3600 $(TEST_ARGS)

fuzz: $(TOOLS) deps ## Ask every address of the REST API with requests that are made up (FUZZ=100 for each)
	@INTAKEGATEWAY_FUZZ=$${FUZZ:-100} INTAKEGATEWAY_FUZZ_SEED=$${SEED:-$$(date +%s)} \
		$(BIN)/python -m pytest tests/api/test_schema.py --timeout 14400 $(TEST_ARGS)

docs: $(TOOLS) ## Make docs/reference again from the code
	@$(BIN)/python -m docs.generate

deps: ## Install the database servers that the tests need, where the machine lacks them
	@bash tests/provide.sh

clean: ## Remove the environment and everything that was made
	rm -rf $(VENV) .make demo-data ui/node_modules src/intakegateway/_ui benchmarks/.data .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Missing: Python 3.11 or newer (looked for python3, python3.13, python3.12, python3.11)."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Missing: Python 3.11 or newer; $(PYTHON) is older. Say where it is: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "Missing: Python's venv module (on Debian: apt install python3-venv)."; exit 1; }
	@echo "Making the environment in $(VENV) (once; a minute or two) ..."
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]'
	@mkdir -p .make && touch $(STAMP)

$(TOOLS): $(STAMP)
	@echo "Installing the tools for checks and tests (once; a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $(TOOLS)
