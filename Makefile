# The two commands of the README, and what contributors use every day.
#   make serve    install into .venv, fetch the two default models, start on 127.0.0.1:8080
#   make test     install into .venv, run every test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
PEERS ?=

.DEFAULT_GOAL := help
.PHONY: help serve test check fix bench wheel clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*##\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "zaffre needs Python 3.11 or newer; set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/.serve: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[local]'
	@touch $@

$(VENV)/.develop: $(VENV)/.serve
	$(BIN)/python -m pip install --quiet --group lint --group test
	@touch $@

serve: $(VENV)/.serve  ## Install, fetch the default models, start the server
	@test -n "$(ARGS)" || $(BIN)/zaffre model pull
	@exec $(BIN)/zaffre serve $(ARGS)

test: $(VENV)/.develop  ## Install and run every test
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.develop  ## Lint, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.develop  ## Mend what the linter can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.serve  ## Measure the data path beside nginx (and PEERS=litellm,fastapi,...)
	$(BIN)/python -m bench $(if $(PEERS),--peers $(PEERS)) $(ARGS)

wheel: $(VENV)/.develop  ## Build the wheel into dist/
	$(BIN)/python -m build --wheel

clean:  ## Remove the virtual environment and what was built
	rm -rf $(VENV) dist build bench/build
