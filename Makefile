# Everything you can ask of this folder.  `make` alone lists it.
#
#   FEDI_VENV=DIR   where the Python environment lives (default .venv)
#   PYTHON=python3  which Python makes it (default: the first of 3.11 or newer)
#   ARGS="…"        handed on: make run ARGS=--exit, make test ARGS="-k follow"
#
# A step runs again only when what it is made from has changed, so the second `make run` takes
# seconds and needs no network.  The stamps hold checksums, not times: a clone has no useful times.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test check fix bench lock venv packages dev-packages web web-packages

FEDI_VENV ?= .venv
PYTHON ?=
ARGS ?=
BIN := $(FEDI_VENV)/bin
PY := "$(BIN)/python"
PIP := $(PY) -m pip --disable-pip-version-check --quiet

# $(call once,NAME,FILES,WHAT IT IS,COMMAND): no commas inside.  The folder is part of the key,
# because an editable install points at it.
once = key="$$(pwd -P; cat $(2) | cksum)"; stamp="$(FEDI_VENV)/.stamps/$(1)"; \
	if [ "$$key" != "$$(cat "$$stamp" 2>/dev/null)" ]; then \
		echo "Installing $(3) …"; \
		$(4) && mkdir -p "$(FEDI_VENV)/.stamps" && printf '%s\n' "$$key" > "$$stamp"; \
	fi

help:
	@echo 'make run     the demo: two organisations on this machine (ARGS=--exit stops after the story)'
	@echo 'make test    every check and every test (ARGS="-k follow" picks tests)'
	@echo 'make setup   what run and test do first'
	@echo 'make check   formatting, lint, types and import contracts alone'
	@echo 'make fix     formats, and mends what can be mended by machine'
	@echo 'make bench   measures, prints a table, writes bench/results/'
	@echo 'make lock    locks the newest versions that pyproject.toml and web/package.json allow'

setup: packages web

run: setup
	@$(PY) "$(BIN)/fedi" demo $(ARGS)

test: check
	$(PY) -m pytest $(ARGS)

check: setup dev-packages web-packages
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) "$(BIN)/lint-imports"
	cd web && npm run --silent check

fix: setup dev-packages
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup dev-packages
	$(PY) -m bench $(ARGS)

# --- Python -------------------------------------------------------------------------------------

# A Python that was upgraded underneath its environment has lost pip: then it is made anew.
venv:
	@$(PY) -c 'import pip' 2>/dev/null || { \
		found=; \
		for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
			if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
			then found=$$python; break; fi; \
		done; \
		[ -n "$$found" ] || { \
			echo 'fedi needs Python 3.11 or newer, and none is on the PATH. Install it, or say where it is:' >&2; \
			echo '  make run PYTHON=/path/to/python3' >&2; exit 1; }; \
		if [ -e "$(FEDI_VENV)/pyvenv.cfg" ]; then clear=--clear; else clear=; fi; \
		"$$found" -m venv $$clear "$(FEDI_VENV)" || { \
			echo "$$found cannot make a virtual environment in $(FEDI_VENV)." >&2; \
			echo 'On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }; }

packages: venv
	@$(call once,run,requirements/run.txt requirements/build.txt,what fedi needs (a minute the first time),\
		$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt)
	@$(call once,fedi,pyproject.toml,fedi,$(PIP) install --no-deps --no-build-isolation --editable .)

dev-packages: packages
	@$(call once,dev,requirements/dev.txt,what the tests need,\
		$(PIP) install --require-hashes -r requirements/dev.txt)

# --- The web client -----------------------------------------------------------------------------

web-packages:
	@command -v npm >/dev/null || { \
		echo 'fedi builds its web client with Node 20 or newer, and npm is not on the PATH.' >&2; \
		echo 'On Debian and Ubuntu: apt install nodejs npm' >&2; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(+(a * 100 + +b < 2019))' || { \
		echo "The web client needs Node 20.19 or newer; this is $$(node --version)." >&2; exit 1; }
	@key="$$(cat web/package.json web/package-lock.json | cksum)"; \
	if [ "$$key" != "$$(cat web/node_modules/.stamp 2>/dev/null)" ]; then \
		echo 'Installing what the web client needs …'; \
		cd web && npm ci --ignore-scripts --loglevel=error && printf '%s\n' "$$key" > node_modules/.stamp; \
	fi

# The server serves fedi/web at /app/, and the wheel carries it.
web:
	@key="$$(find web \( -name node_modules -o -name dist \) -prune -o -type f -print \
		| LC_ALL=C sort | xargs cat | cksum)"; \
	if [ ! -f fedi/web/index.html ] || [ "$$key" != "$$(cat .setup/web 2>/dev/null)" ]; then \
		$(MAKE) --no-print-directory web-packages && echo 'Building the web client …' && \
		(cd web && npm run --silent build -- --logLevel warn) && \
		rm -rf fedi/web && cp -R web/dist fedi/web && \
		mkdir -p .setup && printf '%s\n' "$$key" > .setup/web; \
	fi

# --- Locks: see docs/decisions/0002-locks-not-uv.md ---------------------------------------------

COMPILE = $(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header

lock: venv
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PIP) install uv
	$(COMPILE) --group dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt pyproject.toml -o requirements/run.txt
	$(COMPILE) -c requirements/dev.txt --group build -o requirements/build.txt
	cd web && npm update --package-lock-only --ignore-scripts
	@! grep -n '"resolved"' web/package-lock.json
