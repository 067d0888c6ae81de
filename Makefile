# Everything a newcomer needs: `make demo` and `make test` set themselves up.

PYTHON ?= python3
ROUNDS ?= 10
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# A lock names everything, so nothing is resolved again: an old pip would look for newer versions of extras.
SYNC := $(PIP) --no-deps --require-hashes -r
PYTEST := $(BIN)/python -m pytest
# An idle worker takes half of what another has left to do.
QUICK_TESTS := --numprocesses 2 --dist worksteal -m 'not process and not slow and not hypothesis'
# More than there are cores: these tests wait half of the time. Chromium, and measuring what runs, leave less of it.
MOST_TESTS := --numprocesses 8 --dist worksteal -m 'not browser and not chaos'
ALL_TESTS := --numprocesses 4 --dist worksteal -m 'not chaos'
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# Without compiled modules every worker, and every bot that a test starts, compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install dist demo quick test browser coverage covered alone chaos operator mutants bench lint lint-deploy pictures audit licences
.PHONY: lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

install: .venv/runtime ## install the bot into .venv: .venv/bin/contactlist-bot works from any directory

dist: .venv/runtime ## build the wheel, the bot alone, into dist/
	@rm -rf build dist
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
	@ls dist

demo: .venv/runtime ## open a local Slack with the bot in it in the browser
	@$(BIN)/python -m sandbox

quick: .venv/dev ## run three of four tests, without the whole bot, a process or a browser: 30 seconds
	@$(PYTEST) $(QUICK_TESTS) --durations 3

test: .venv/dev ## run all but browser and chaos: some minutes (some: make test ARGS="tests/test_flow.py -k told")
ifdef ARGS
	$(PYTEST) -m 'not chaos' $(ARGS)
else
	@echo 'This takes about three minutes on two cores; `make quick` half a minute.'
	$(PYTEST) $(MOST_TESTS)
endif

browser: .venv/dev ## look at the demo's page in Chromium, light and dark, wide and narrow: two minutes
	$(PYTEST) --numprocesses 2 --dist loadfile -m browser

coverage: .venv/dev ## run both, and say which lines and branches no test runs: six minutes
	$(PYTEST) $(ALL_TESTS) --cov --cov-report=
	@$(MAKE) --no-print-directory covered

covered: .venv/dev ## say again what the last `make coverage` has not run
	$(BIN)/coverage report --include='bot/*' --fail-under=100
	$(BIN)/coverage report --include='sandbox/*' --fail-under=90

alone: .venv/dev ## run each test file by itself: ten minutes (each test of one: make alone FILE=tests/test_flow.py)
	@$(BIN)/python -m tools.alone $(FILE)

chaos: .venv/dev ## kill the bot with -9 at random moments, on both stores (make chaos ROUNDS=100)
	$(PYTEST) --numprocesses auto -m chaos --rounds $(ROUNDS)

operator: .venv/dev ## play an operator who upgrades, restores and rotates with jobs under way: ten minutes (six faults: ARGS=--night)
	@$(BIN)/python -m tools.operator $(ARGS)

mutants: .venv/dev ## put small faults into the code, and count those that the tests notice: five minutes
	@$(BIN)/python -m tools.mutants $(ARGS)

bench: .venv/dev ## measure the bot beside plain Bolt and bare aiohttp (make bench QUICK=1 HTTP=1)
	$(BIN)/python -m benchmarks.speed $(if $(HTTP),--http) $(if $(QUICK),--quick,--output docs)

lint: .venv/dev ## check style and types, and the links in the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy bot sandbox tests benchmarks docs tools
	$(BIN)/lint-imports --no-cache
	$(BIN)/rumdl check --no-cache .

lint-deploy: .venv/deploy/done ## check what is in deploy/, and the image and workflows (needs promtool and systemd-analyze)
	@$(BIN)/python -m tools.lint_deploy

audit: .venv/dev ## look for known faults in the dependencies
	@$(BIN)/python -m tools.audit

licences: .venv/dev ## write LICENCES.md from what the dependencies declare
	@$(BIN)/python -m tools.licences

pictures: .venv/dev ## take the pictures of README and docs from the page (needs Chromium)
	$(BIN)/python -m docs.pictures

lock: .venv/dev ## pin the newest dependencies again
	$(COMPILE) --upgrade pyproject.toml --output-file requirements.txt
	$(COMPILE) --upgrade --extra dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
	$(COMPILE) --upgrade --group deploy --constraint requirements-dev.txt --output-file requirements-deploy.txt
	echo setuptools | $(COMPILE) --upgrade --constraint requirements-dev.txt - --output-file requirements-build.txt

clean: ## remove what the other targets made
	rm -rf .venv .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist mutants *.egg-info

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@echo 'Setting up .venv: about a minute, once.'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/python requirements.txt requirements-build.txt pyproject.toml
	$(SYNC) requirements.txt
	$(SYNC) requirements-build.txt
	@# Twice quiet, or setuptools says on ten lines that it is an editable installation.
	$(PIP) --quiet --no-build-isolation --no-deps --editable .
	@touch $@

# Programs that other people have packed, apart from what the tests import.
.venv/deploy/done: .venv/runtime requirements-deploy.txt
	$(PYTHON) -m venv .venv/deploy
	.venv/deploy/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r requirements-deploy.txt
	@touch $@

.venv/dev: .venv/runtime requirements-dev.txt
	$(SYNC) requirements-dev.txt
	$(BIN)/python -m pip check
	@touch $@
