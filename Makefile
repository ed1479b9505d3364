# Everything a fresh machine needs: Linux, Python 3.11 or newer, make.
#
#   make demo   install and run the demonstration
#   make test   install and run every check and test
#   make soak   the long forms of the tests
#
# Each works again and again. .venv/building is there while an installation runs: when it is found at the start,
# the last one was interrupted, and the environment is made anew.

# The distribution's own Python, where it is new enough and can make environments: it is built with profile-guided and
# link-time optimisation, and takes a fifth less time than one that was compiled without asking for them.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet -c requirements.lock

ifneq ($(wildcard $(VENV)/building),)
$(shell rm -rf $(VENV))
endif

# Tests and the demonstration start hundreds of processes: each module is compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: demo test pytest soak lint reliability schema lock clean

demo: $(VENV)/installed
	$(BIN)/ecif demo

# mypy keeps one core busy, so the tests begin beside it.
test: $(VENV)/installed-for-tests
	$(MAKE) --no-print-directory --jobs 2 lint pytest

pytest: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest -n 4 -q --dist loadfile --no-loadscope-reorder

soak: $(VENV)/installed-for-tests
	ECIF_SOAK=1 $(BIN)/python -m pytest -q -m slow --timeout 7200

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The fault matrix with what came of it on this machine: docs/reliability.md.
reliability: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest -n 2 -q --dist loadfile -m fault -p tests.faults.plugin --reliability docs/reliability.md

schema: $(VENV)/installed-for-tests
	$(BIN)/python -m gateway.config.json_schema docs/schema

# After a change of dependencies: install without the old lock, run all checks, then this.
lock:
	{ sed -n 1p requirements.lock; $(BIN)/python -m pip freeze --exclude-editable; } > requirements.new
	mv requirements.new requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@mkdir -p $(VENV) && touch $(VENV)/building
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@rm $(VENV)/building && touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	@touch $(VENV)/building
	$(PIP) -e '.[test,browser]'
	@rm $(VENV)/building && touch $@
