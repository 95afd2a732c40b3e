# Two commands on a fresh machine (Python 3.11 or newer and make): `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test lint pages docs reports notebooks accessibility bench fuzz faults record validation coverage mutants statistics clean

demo: $(VENV)/.installed
	$(BIN)/mcarbon stress tomlinson-2024

test: $(VENV)/.installed-test lint
	$(BIN)/pytest

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

pages: $(VENV)/.installed
	$(BIN)/python docs/make_priors.py
	$(BIN)/python docs/make_status.py
	$(BIN)/python docs/make_pages.py
	$(BIN)/python docs/make_check.py
	$(BIN)/python docs/make_drivers.py
	$(BIN)/python docs/make_figures.py
	$(BIN)/python docs/make_consoles.py

docs: $(VENV)/.installed-test
	$(BIN)/sphinx-build -W --keep-going -q -d .made/doctrees docs .made/site
	@echo "The site is in .made/site: open .made/site/index.html"

bench: $(VENV)/.installed-test
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/yardstick/yardstick.py
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/growth.py

# 102,000 cases; in an environment of its own, with a Python that Atheris has wheels for.
fuzz:
	$(PYTHON) -m venv .made/fuzz
	.made/fuzz/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . 'atheris>=3' markdown-it-py
	.made/fuzz/bin/python fuzz/fuzz.py formula -runs=30000
	.made/fuzz/bin/python fuzz/fuzz.py unit -runs=20000
	.made/fuzz/bin/python fuzz/fuzz.py loader -runs=40000
	.made/fuzz/bin/python fuzz/fuzz.py compiler -runs=10000
	.made/fuzz/bin/python fuzz/fuzz.py report -runs=2000

# Kills 200 runs at random moments, and counts what is lost; half an hour.
faults: $(VENV)/.installed-test
	$(BIN)/python faults/kill.py

# BECAUSE="..." is the line of the changelog that says why numbers have moved.
record: $(VENV)/.installed-test
	$(BIN)/python tests/record.py --because "$(BECAUSE)"

reports: $(VENV)/.installed
	for study in $$(cd mcarbon/studies && ls *.toml | sed 's/\.toml$$//'); do \
	  $(BIN)/mcarbon report $$study -o reports/$$study || exit 1; done
	$(BIN)/python -m mcarbon.reporting.index reports

# The same models by OpenTURNS, SciPy, chaospy and SALib, in an environment of their own: their NumPy need not be ours.
validation:
	$(PYTHON) -m venv .made/validation
	.made/validation/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt '.[validation]'
	.made/validation/bin/python validation/compare.py --markdown .made/validation.md

# All tests, then those of kernels as plain Python, since what is compiled counts no lines. Two measure memory and what is
# imported, which measuring changes.
coverage: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[coverage]'
	rm -rf .made/coverage
	$(BIN)/coverage run -m pytest -k "not costs_at_most_five_seconds and not processes_at_once_agree"
	NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest -m "kernels and not statistics"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o .made/coverage/all.json
	$(BIN)/python validation/covered.py .made/coverage/all.json

mutants: $(VENV)/.installed-test
	NUMBA_DISABLE_JIT=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python validation/mutants.py

# The tests with many seeds, with ten times as many and bands that are narrower by as much.
statistics: $(VENV)/.installed-test
	SEEDS_TIMES=10 $(BIN)/pytest -m statistics

notebooks: $(VENV)/.installed-test
	$(BIN)/python notebooks/execute.py

# Needs Debian's chromium and chromium-driver, and npm; looks at every report in two widths and both themes.
accessibility: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[accessibility]'
	npm install --silent --no-audit --no-fund --prefix .made axe-core@4
	$(BIN)/python accessibility/check.py .made/node_modules/axe-core/axe.min.js reports/index.html reports/*/report.html \
	  --shots .made/shots

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mcarbon needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find mcarbon -name __pycache__ -type d -prune -exec rm -rf {} +
