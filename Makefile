# Two commands do everything: `make demo` shows it, `make test` proves it. PYTHON=python3.13 chooses another interpreter.
PYTHON ?= python3
VENV   ?= .venv
export TERPADU_CACHE ?= $(CURDIR)/.cache

.PHONY: demo test test-stack bench acceptance lint lock clean

demo: $(VENV)/installed
	@$(VENV)/bin/terpadu demo $(ARGS)

# The tests run in three processes, each in a network of its own: no packet leaves it, and echoes need no leave of the
# machine. Files of few tests come first (tests/conftest.py): they wait for real servers, while the others compute.
# Without Chromium, which only root can install, the tests that need it are skipped, and say so; but not under CI.
PRIVATE = $(VENV)/bin/python -m exporter.lab.namespace $(VENV)/bin/python
test: $(VENV)/installed $(VENV)/recordings
	@$(VENV)/bin/python -m exporter.lab.packages all
	@$(VENV)/bin/python -m exporter.lab.chromium || test -z "$$CI"
	@$(PRIVATE) -m pytest --dist loadfile --no-loadscope-reorder --tx "3*popen//python=$(PRIVATE)" $(ARGS)

# The compose files as they are, on a Docker Engine of the tests' own, and on a network that nothing leaves: about five
# minutes. It needs root and Debian 12, and installs nothing. ARGS="-k demo" plays one of the two.
test-stack: $(VENV)/installed
	@$(VENV)/bin/python tests/stack $(ARGS)

# What it costs and how true it measures, beside others: about a quarter of an hour, or ARGS="--seconds 300" for the full run.
bench: $(VENV)/installed
	@$(VENV)/bin/python -m exporter.lab.packages fping snmp_exporter
	@$(VENV)/bin/python -m benchmarks.smokeping
	@$(PRIVATE) -m benchmarks $(ARGS)

# The long runs, against the lab's truth: about 25 minutes, or ARGS="--only large" for 1,000 offices. ARGS="--only pages"
# lets Prometheus and Alertmanager page beside them, and judges the pages: about an hour. ARGS="--only dashboards" asks all
# that the dashboards ask through ten minutes of a bad day.
acceptance: $(VENV)/installed
	@$(VENV)/bin/python -m exporter.lab.packages iproute2
	@$(VENV)/bin/python -m benchmarks.acceptance $(ARGS)

lint: $(VENV)/installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# The resolver's own run; the file names no host.
lock: $(VENV)/installed
	$(VENV)/bin/pip install --quiet uv
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --no-header --no-annotate --upgrade --extra dev pyproject.toml -o requirements.lock

$(VENV)/installed: pyproject.toml requirements.lock Makefile
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Terpadu needs Python 3.11 or newer; name one with PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && { apt-get update -q >/dev/null; apt-get install -yq python3-venv >/dev/null; }; } || { echo "Python's venv is missing; type: sudo apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

# Recordings of real devices, 57 MB, for the tests alone; without the simulator that their package asks for.
$(VENV)/recordings: $(VENV)/installed
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps snmpsim-data==1.0.1
	@touch $@

clean:
	rm -rf .venv* .cache build dist
