# Everything a developer or operator runs, in one list: `make` or `make help`.
# Tools come from .venv; nothing here needs an activated environment.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
ARGS ?=

# Addresses that nothing connects to, so that checks start no engine; and a production configuration
# with throw-away secrets for `check --deploy`.
NO_ENGINES := DATABASE_URL=postgres://check@127.0.0.1:1/check REDIS_URL=redis://127.0.0.1:1 \
	KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1 CLICKHOUSE_URL=clickhouse://127.0.0.1:1/check
PRODUCTION := $(NO_ENGINES) DJANGO_SETTINGS_MODULE=adplatform.settings.production \
	SECRET_KEY=$$(printf 'check-only-%.0s' 1 2 3 4 5 6) TOKEN_KEYS=k1:check-only-check-only \
	ALLOWED_HOSTS=ads.example.com BASE_URL=https://ads.example.com

.PHONY: help setup setup-dev demo up test faults soak lint format types imports migrations deploy-check \
	docs-check check bench bench-doors bench-bidder bench-consumer bench-reports bench-optimiser-scale plots wrk browser requirements clean

help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Pass options with ARGS, for example: make demo ARGS='--no-traffic'"

##@ Run

demo: setup ## Start everything with a demo advertiser and simulated visitors
	@$(BIN)/python manage.py demo $(ARGS)

up: setup ## Start everything with your own data
	@$(BIN)/python manage.py up $(ARGS)

setup: $(VENV)/.requirements ## Make .venv and install what the platform needs

##@ Develop

setup-dev: $(VENV)/.requirements-dev ## Install the developers' tools too

test: setup-dev browser ## Run all tests, two at a time (one file: ARGS=tests/test_layout.py)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow_fault" $(ARGS)

faults: setup-dev ## Run all faults: engines and consumers stopped, killed, flushed (20 minutes)
	@PROTOCOL_EXAMPLES=$${PROTOCOL_EXAMPLES:-300} $(BIN)/python -m pytest -o timeout=3600 \
	  -m "fault or slow_fault" $(ARGS)

soak: setup-dev ## Two million events, two consumers, a kill -9 every few seconds; then count
	@$(BIN)/python -m tests.faults.soak $(ARGS)

check: lint types imports migrations deploy-check docs-check ## Everything but the tests

lint: setup-dev ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup-dev ## Fix style and format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup-dev ## Check types (mypy --strict)
	@$(BIN)/mypy .

imports: setup-dev ## Check who imports whom
	@$(BIN)/lint-imports --no-cache  # its cache keeps imports of modules that moved

migrations: setup-dev ## Check that no migration is missing
	@$(NO_ENGINES) DJANGO_SETTINGS_MODULE=adplatform.settings.test \
	  $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

deploy-check: setup-dev ## Check the production settings
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

docs-check: setup-dev ## Check docs, layout and docker-compose.yml against the code
	@$(NO_ENGINES) $(BIN)/python -m pytest -q \
	  tests/test_docs.py tests/test_layout.py tests/test_compose.py

bench: bench-doors bench-bidder bench-consumer bench-reports ## All of them; ARGS=--write puts them into docs/

bench-doors: setup-dev wrk ## Measure the hot doors against an empty Django view
	@$(BIN)/python -m tests.bench.run $(ARGS)

bench-bidder: setup-dev wrk ## Measure bids and no-bids with 1,000 and 100,000 line items
	@$(BIN)/python -m tests.bench.bidder $(ARGS)

bench-consumer: setup-dev ## Measure the consumer and where its time goes
	@$(BIN)/python -m tests.bench.consumer $(ARGS)

bench-reports: setup-dev ## Measure reports over ten million events
	@$(BIN)/python -m tests.bench.reports $(ARGS)

bench-optimiser-scale: setup-dev ## Measure one retrain over a million combinations, one core
	@$(BIN)/python -m tests.bench.optimiser_scale $(ARGS)

bench-optimiser: setup ## Play the optimiser against its rivals, quick (ARGS='--headlines FILE')
	@OMP_NUM_THREADS=1 $(BIN)/python manage.py bench_optimiser --seeds 5 $(ARGS)

bench-optimiser-full: setup ## The same in all scenarios, 40 worlds each: hours (ARGS='--jobs 2')
	@OMP_NUM_THREADS=1 $(BIN)/python manage.py bench_optimiser --scenario all --seeds 40 $(ARGS)

plots: setup-dev ## Draw the plots of docs/pacing.md, docs/shading.md and docs/optimiser.md
	@$(NO_ENGINES) $(BIN)/python manage.py simulate_pacing --svg docs/images/pacing.svg
	@$(NO_ENGINES) $(BIN)/python manage.py simulate_shading --svg docs/images/shading.svg
	@$(NO_ENGINES) $(BIN)/python manage.py simulate_learning --svg docs/images/learning-curve.svg

wrk:
	@command -v wrk >/dev/null || [ "$$(id -u)" != 0 ] || [ ! -f /etc/debian_version ] || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk >/dev/null; }

browser: ## Install the Chromium that the browser tests drive, where possible
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
	    chromium fonts-dejavu-core >/dev/null; } \
	  || echo "Chromium could not be installed: the browser tests will be skipped."; \
	else \
	  echo "No Chromium: the browser tests will be skipped. Install one, for example with"; \
	  echo "  sudo apt-get install chromium"; \
	fi

requirements: setup-dev ## Compile requirements*.txt from requirements*.in (uv or pip-compile)
	@compile() { \
	  if command -v uv >/dev/null; then uv pip compile --quiet --python $(BIN)/python "$$@"; \
	  elif [ -x $(BIN)/uv ]; then $(BIN)/uv pip compile --quiet --python $(BIN)/python "$$@"; \
	  elif [ -x $(BIN)/pip-compile ]; then $(BIN)/pip-compile --quiet --strip-extras "$$@"; \
	  else echo "Needs uv or pip-compile: $(BIN)/python -m pip install uv" >&2; exit 1; fi; }; \
	links=$${PIP_FIND_LINKS:+--find-links $$PIP_FIND_LINKS --no-emit-find-links}; \
	[ -z "$$links" ] || sed -i 's/^\(torch==[0-9.]*\)$$/\1+cpu/' requirements.txt requirements-dev.txt; \
	compile $$links requirements.in -o requirements.txt; \
	compile $$links requirements-dev.in -c requirements.txt -o requirements-dev.txt
	@# which build of torch (CPU, CUDA) is its installer's choice: without the build's name
	@sed -i -e 's/^\(torch==[0-9.]*\)+cpu$$/\1/' \
	  -e '2s/ --python [^ ]*//; 2s/ --find-links [^ ]*//; 2s/ --no-emit-find-links//' \
	  requirements.txt requirements-dev.txt

clean: ## Remove caches and build output; .venv and .data stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

# --- the virtual environment: made once, installed again only when a requirements file changed ---

$(BIN)/python:
	@for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$$python; break; \
	  fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "Python 3.11 or newer is needed and was not found on PATH." >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "The venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.requirements: requirements.txt | $(BIN)/python
	@echo "Installing requirements.txt"
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.requirements-dev: requirements-dev.txt $(VENV)/.requirements
	@echo "Installing requirements-dev.txt"
	@$(PIP) install -r requirements-dev.txt
	@touch $@
