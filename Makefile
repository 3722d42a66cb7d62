# One command each to run, test and check hypersim. `make` alone lists them.
# Needs make and Python >= 3.11; everything else goes into .venv, as requirements.lock says.

.DEFAULT_GOAL := help
.PHONY: help serve test test-all drill bench check fix wheel docs setup lock clean

ARGS ?=
DIST ?= dist
PYTHON_IN_VENV := .venv/bin/python
READY := .venv/.ready

# An environment whose interpreter is gone (upgraded, moved) is no environment.
ifneq ($(shell $(PYTHON_IN_VENV) -c 'print("works")' 2>/dev/null),works)
.PHONY: $(READY)
endif

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
	@echo
	@echo '  ARGS="..." reaches the program behind the target:'
	@echo '  make serve ARGS="--port 9000 --feed synthetic"    make test ARGS="-k ledger -x"'

serve: $(READY) ## run the exchange with the demo account on http://127.0.0.1:8080
	@exec $(PYTHON_IN_VENV) -m hypersim serve --demo $(ARGS)

test: $(READY) ## run the tests, without those marked slow
	@exec $(PYTHON_IN_VENV) -m pytest -n auto --dist worksteal $(ARGS)

test-all: $(READY) ## run all tests
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-thorough} exec $(PYTHON_IN_VENV) -m pytest -n auto --dist worksteal -m "" $(ARGS)

drill: $(READY) ## kill the server and its database 60 times, and tell what was lost
	@exec $(PYTHON_IN_VENV) -m tests.drill $(ARGS)

bench: $(READY) ## measure orders/s, latency and memory of a running server
	@exec $(PYTHON_IN_VENV) -m hypersim bench $(ARGS)

check: $(READY) ## format, lint, types, import contracts; changes nothing
	@failed=; \
	$(PYTHON_IN_VENV) -m ruff format --check || failed=yes; \
	$(PYTHON_IN_VENV) -m ruff check || failed=yes; \
	$(PYTHON_IN_VENV) -m mypy || failed=yes; \
	$(PYTHON_IN_VENV) .venv/bin/lint-imports --no-logo || failed=yes; \
	test -z "$$failed"

fix: $(READY) ## format, and mend what the linter can
	@$(PYTHON_IN_VENV) -m ruff check --fix
	@$(PYTHON_IN_VENV) -m ruff format

wheel: $(READY) ## build a wheel with compiled hot modules in dist/ (needs a C compiler)
	@PATH="$$PATH:.tools/bin"; uv --version >/dev/null || { echo 'needs uv: pip install uv'; exit 1; }; \
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=1 uv build --wheel --quiet --out-dir $(DIST) $(ARGS)

docs: $(READY) ## write the generated pages of docs/ anew
	@$(PYTHON_IN_VENV) -m scripts.coverage_binance

setup: $(READY) ## make .venv from requirements.lock (the other targets do it when needed)

lock: ## rewrite requirements.lock and scripts/uv.lock (ARGS=--upgrade for newer versions)
	@PATH="$$PATH:.tools/bin"; uv --version >/dev/null || { echo 'needs uv: pip install uv'; exit 1; }; \
	uv pip compile pyproject.toml --group dev --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		--output-file requirements.lock $(ARGS)
	@PATH="$$PATH:.tools/bin"; echo 'uv>=0.9' | uv pip compile - --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		--output-file scripts/uv.lock $(ARGS)

clean: ## remove .venv, .tools, caches and builds; your data stays
	@rm -rf .venv .tools build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements.lock
	@sh scripts/setup_env
