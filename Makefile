# Begin with `make demo`. Each target sets up what it needs in .venv and may be run again.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do $$p -c 'import sys, venv, \
  ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
TORCH_ARGS ?=# given to `pip install torch`, e.g. an --index-url for another build (see README)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt
SAMPLE := rupture_nlp/resources/sample
.PHONY: demo test check fix long wheel-check

demo: .venv/.stamp-run  ## label the packaged sample sessions, words included
	$(BIN)/rupture-nlp label $(SAMPLE) --roles $(SAMPLE)/roles.csv --with-text --out demo-output
	@echo "Open $(CURDIR)/demo-output/report.html in a browser."
test: check  ## the checks, then every test that is not marked long
	@tests/install_system_parts.sh
	$(BIN)/python -m pytest -m "not long"
check: .venv/.stamp-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
fix: .venv/.stamp-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
long: .venv/.stamp-dev
	@tests/install_system_parts.sh; $(BIN)/python -m pytest -m long
wheel-check: .venv/.stamp-dev  ## the wheel labels the sample in a new environment elsewhere
	tests/wheel_check.sh "$(PYTHON)"
.venv/.stamp-run: pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	  "Python 3.11 or newer with venv is needed. Say where: make demo PYTHON=/path/to/python"; exit 1; }
	@echo "Setting up .venv: downloads about 380 MB (torch is half of it;"
	@echo "several GB where pip takes a CUDA build) and fills 1.8 GB of disk."
	"$(PYTHON)" -m venv .venv
	$(PIP) $(TORCH_ARGS) torch
	$(PIP) -e .
	@touch $@
.venv/.stamp-dev: .venv/.stamp-run
	@echo "Adding what tests and checks need: about 80 MB more to download, 0.3 GB of disk."
	$(PIP) -e ".[dev]"
	@touch $@
