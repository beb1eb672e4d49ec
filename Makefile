# The commands of the README; both make .venv from nothing but Python 3.11 to 3.14.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
ARGS ?=
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-fast checks tests lint types contracts bench-quick docs dagster-versions public-check lock clean

demo: .venv/installed
	$(BIN)/judge-pipeline demo $(ARGS)

test: .venv/installed
	$(MAKE) --no-print-directory -j 2 checks tests

checks: lint types contracts

# Four more workers than cores, as tests wait for processes and servers; they are forked from a process that has imported everything.
tests: .venv/installed
	$(BIN)/python -m compileall -qq -j 0 judge_pipeline # once, and not in every worker
	$(BIN)/python -m judge_pipeline_tests.forked_workers 6 $(ARGS)

# Without whole runs, processes and studies, and with few examples of each property.
test-fast: .venv/installed
	$(BIN)/python -m judge_pipeline_tests.forked_workers 2 -m "not slow" --hypothesis-profile quick $(ARGS)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed
	$(BIN)/mypy

contracts: .venv/installed
	$(BIN)/lint-imports

# The ratios of the path; two minutes at most where nothing else runs. With ARGS=--short half a minute.
bench-quick: .venv/installed
	@$(BIN)/python -m benchmarks.quick $(ARGS)

# The site, in build/docs/html; has its own environment, which nothing else needs.
docs: build/docs-venv/installed
	build/docs-venv/bin/python -m judge_pipeline_tests.docs.site

build/docs-venv/installed: docs/requirements.lock
	$(PYTHON) -m venv build/docs-venv
	build/docs-venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement docs/requirements.lock
	touch $@

.venv/installed: requirements.lock pyproject.toml setup.py
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 15) else "Python 3.11, 3.12, 3.13 or 3.14 is needed, this is " + sys.version.split()[0] + "; choose one with make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	sed -n '/^pip==/,/# via/p' requirements.lock >.venv/pip.lock # Python 3.11's own pip takes 56 s for the rest, this one 31 s
	$(PIP) --require-hashes --requirement .venv/pip.lock
	$(PIP) --no-compile --no-deps --require-hashes --requirement requirements.lock
	-$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' .venv/lib # on all cores, where pip takes one; a file that is no Python may fail
	PYTHONWARNINGS=ignore $(PIP) --no-deps --no-build-isolation --editable . # setuptools warns of what is as it should be
	touch $@

# Needs the network; the weekly job runs it.
dagster-versions: .venv/installed
	$(BIN)/python -m judge_pipeline_tests.dagster_versions $(ARGS)

# Skips itself where encord-agents' source archive cannot be fetched; half a minute.
public-check: .venv/installed
	$(BIN)/python -m judge_pipeline_tests.public_check

# Needs uv on the PATH; --no-emit-index-url keeps every registry's address out of the file.
lock:
	uv pip compile --quiet pyproject.toml --extra agent --extra local --extra heic --extra cluster --extra postgres --extra dev --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url --output-file requirements.lock
	echo 'setuptools>=77' | uv pip compile --quiet pyproject.toml - --extra agent --constraints requirements.lock --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-annotate --output-file deploy/agent/requirements.lock
	echo 'setuptools>=77' | uv pip compile --quiet pyproject.toml - --extra cluster --extra k8s --extra heic --extra s3 --extra gcs --extra azure --constraints requirements.lock --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-annotate --output-file deploy/pipeline/requirements.lock
	sed -n '/^docs = \[/,/^]/s/^ *"\(.*\)",.*/\1/p' pyproject.toml | uv pip compile --quiet - --constraints requirements.lock --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-annotate --output-file docs/requirements.lock

clean:
	rm -rf .venv .cache .judge_pipeline .mypy_cache .pytest_cache .ruff_cache build *.egg-info
