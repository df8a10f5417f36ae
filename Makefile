# Two commands: `make run` and `make test`. Each sets up what is missing and does nothing twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run setup train test check fix bench messages transcript screenshots evaluate system clean

UV_VERSION := 0.13.9
# uv: the one installed here, else one fetched from PyPI into .tools/
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .tools/bin/uv)
# Rasa needs Python 3.10: found on PATH, else in pyenv, else uv fetches it where the network allows.
PYENV_310 := $(firstword $(wildcard $(HOME)/.pyenv/*/3.10*/bin/python3.10))
NLU_PYTHON ?= $(or $(shell python3.10 -c 'import sys; print(sys.executable)' 2>/dev/null),$(PYENV_310),3.10)
RELAIS := .venv/bin/relais
# Tests run side by side; those of one file together where they share what is slow to start. The whole suite waits
# for processes and clocks half of the time: more of them than cores.
CORES := -n auto --maxprocesses 4
WORKERS := -n 4
# Catalogues are written as bot/catalogues.py writes them: nothing changes but sentences that are new, or said no more.
AS_WE_WRITE := --no-fuzzy-matching --no-wrap --ignore-obsolete --ignore-pot-creation-date
POT_HEADER := --project=Relais --version=1 --last-translator=Relais --msgid-bugs-address=CONTRIBUTING.md \
  --header-comment="\# Les phrases que dit Relais. Le français sert de clé ; « make messages » en fait la liste."

help: ## Show this list
	@echo "Relais: a chat assistant for young people leaving care. First time: make run"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: train ## Set up, train, then answer on Telegram (TELEGRAM_BOT_TOKEN) or in this terminal
	@$(RELAIS) db upgrade
	@$(RELAIS) run

setup: .venv/.ready nlu/.venv/.ready ## Set up both environments

train: setup ## Train the NLU if its data changed
	@$(RELAIS) nlu train

test: train ## Run everything CI runs; says at the end what this machine lacks
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo >/dev/null || .venv/bin/lint-imports --no-logo
	@$(RELAIS) content check
	@.venv/bin/pytest $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not bench" --junitxml=.reports/junit.xml
	@.venv/bin/python -m tests.sweep .reports

check: .venv/.ready ## Lint, types and the fast tests, in under two minutes
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo >/dev/null || .venv/bin/lint-imports --no-logo
	@$(RELAIS) content check
	@.venv/bin/pytest -q $(CORES) --dist worksteal -m "not slow and not nlu and not bench"

fix: .venv/.ready ## Format the code and mend what can be mended
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

evaluate: train ## Measure the NLU on held-out lines
	@$(RELAIS) nlu evaluate

bench: train ## Compare with Rasa's default pipeline (half an hour), and sending with a bare loop (ten minutes)
	@.venv/bin/python -m tests.bench.nlu_pipelines $(BENCH)
	@.venv/bin/python -m tests.bench.due

messages: .venv/.ready ## Collect the sentences to translate, and bring the catalogues up to date
	@.venv/bin/pybabel -q extract -F locales/babel.cfg --no-location --sort-output --no-wrap $(POT_HEADER) \
	  -o locales/messages.pot bot content
	@sed -i '/^"POT-Creation-Date:/d' locales/messages.pot # else it changes every minute
	@.venv/bin/pybabel -q update -i locales/messages.pot -d locales $(AS_WE_WRITE)

transcript: train ## Write the conversation of the README again
	@.venv/bin/python -m docs.transcript

screenshots: .venv/.ready ## Take the pictures of the receipt page again (needs Chromium: make system)
	@.venv/bin/python -m docs.screenshots

system: ## Install what uv cannot bring, for the tests: PostgreSQL's server, faketime, Chromium (Debian, as root)
	@missing=; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$$missing faketime"; \
	ls /usr/lib/chromium/locales/fr.pak >/dev/null 2>&1 || missing="$$missing chromium chromium-l10n"; \
	[ -z "$$missing" ] || { \
	  echo "Installing$$missing …"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }

clean: ## Remove the environments, the models and what was stored
	@rm -rf .venv nlu/.venv nlu/models nlu/reports .tools var

.tools/bin/uv:
	@echo "Fetching uv $(UV_VERSION) into .tools/ …"
	@python3 -m venv .tools 2>/dev/null || { rm -rf .tools; echo "python3 cannot make a virtual environment: install python3-venv" >&2; exit 1; }
	@.tools/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: pyproject.toml uv.lock | $(filter .tools/%,$(UV))
	@echo "Setting up the bot's environment …"
	@$(UV) sync --locked --compile-bytecode
	@touch $@

nlu/.venv/.ready: nlu/pyproject.toml nlu/uv.lock | $(filter .tools/%,$(UV))
	@echo "Setting up the NLU's environment with Python 3.10 (1.6 GB, a few minutes the first time) …"
	@$(UV) sync --project nlu --locked --compile-bytecode --python "$(NLU_PYTHON)" || { \
	  echo "Python 3.10 is needed for Rasa and was not found or could not be fetched." >&2; \
	  echo "Install it, or name it: make $(or $(firstword $(MAKECMDGOALS)),run) NLU_PYTHON=/path/to/python3.10" >&2; exit 1; }
	@touch $@
