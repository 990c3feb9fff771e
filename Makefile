# Everything here sets up .venv by itself the first time: that needs Python >= 3.11 and a network, once.
# Another Python: make PYTHON=/path/to/python3

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.PHONY: help setup repro test check gate bench docs report ui lock clean

ready := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHON
export UV_PYTHON_DOWNLOADS := never
export DO_NOT_TRACK := 1
unexport PYTHONDONTWRITEBYTECODE  # .venv is our own; without bytecode every worker compiles torch anew

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(ready)  ## Set up .venv, which every other line does by itself, too

repro: $(ready)  ## Compute whatever has changed, then show verdicts, MLflow runs and the report
	dvc repro
	lossbench sync || true  # MLflow may be down; the results do not need it
	@lossbench list verdicts --brief
	@echo "next: make ui, or freeze it: lossbench publish NAME --why '...'"
	@lossbench check --failed  # silent, or red: a failed network is a row, so that everything above was made all the same

test: $(ready)  ## Run all tests
	OMP_NUM_THREADS=1 python -m pytest -n 2 --dist worksteal

check: $(ready)  ## Lint, format, types, layers, params.yaml
	ruff check
	ruff format --check
	mypy
	lint-imports --no-cache
	lossbench params --check

gate: $(ready)  ## Compute the baseline's cells of five seeds anew and compare every number
	lossbench check --run --seeds 0-4

bench: $(ready)  ## Measure speed beside other people's tools (a few minutes; wants an idle machine)
	python -m bench

docs: $(ready)  ## Write what the guide says of suites, measures and commands, and build it into site/
	python -m docs.generate
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	@echo "guide: $(CURDIR)/site/index.html"

report: $(ready)  ## Write the report from the results that are there
	lossbench report

ui: $(ready)  ## Open MLflow on the runs
	lossbench ui

lock: $(ready)  ## Pin the newest versions that pyproject.toml allows
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-annotate \
	  --extra pipeline --extra bench --extra docs --extra dev --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:  ## Remove results and the latest report; trained networks (runs/) and published reports stay
	rm -rf results reports/latest dvc_plots

# uv comes out of the lock too, by its hash. Where it finds no packages, pip may: it reads pip.conf, with its mirrors.
$(ready): requirements.lock pyproject.toml
	@if [[ -n "$$PYTHON" ]]; then set -- "$$PYTHON"; \
	else set -- python3 python3.13 python3.12 python3.11 python3.14 python; fi; \
	found=; \
	for python in "$$@"; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then found=$$python; break; fi; \
	done; \
	if [[ -z "$$found" ]]; then \
	  echo "lossbench needs Python 3.11 or newer, and found none among: $$*" >&2; \
	  echo "install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2> /dev/null; then \
	  echo "$$found cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "setting up .venv with $$("$$found" --version)"; \
	[[ -x .venv/bin/python ]] || "$$found" -m venv .venv
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > .venv/uv.txt
	python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.txt
	uv pip install --python .venv --require-hashes --requirement requirements.lock \
	  || python -m pip install --disable-pip-version-check --require-hashes --requirement requirements.lock
	uv pip install --python .venv --quiet --offline --no-deps --no-build-isolation --editable .
	@git rev-parse --git-dir > /dev/null 2>&1 || dvc config --local core.no_scm true
	@touch $@
