# Only names the tasks of bootstrap.py; on Windows call it directly: py bootstrap.py run
PYTHON ?= python3
ARGS ?=

.PHONY: help run test test-long fuzz demo lint bench bundle

help: ## this list
	@$(PYTHON) bootstrap.py --help

run: ## open the app with the demo
	@$(PYTHON) bootstrap.py run $(ARGS)

test: ## run the tests, e.g. make test ARGS="-k snap"
	@$(PYTHON) bootstrap.py test $(ARGS)

test-long: ## try the laws on ten times as many examples
	@$(PYTHON) bootstrap.py test-long $(ARGS)

fuzz: ## hand spoilt files to the readers, e.g. make fuzz ARGS="--minutes 60"
	@$(PYTHON) bootstrap.py fuzz $(ARGS)

demo: ## the whole job without a browser, into out/demo/
	@$(PYTHON) bootstrap.py demo $(ARGS)

lint: ## style, types and import rules
	@$(PYTHON) bootstrap.py lint $(ARGS)

bench: ## the engine beside its peers, e.g. make bench ARGS="--quick" or ARGS="--only P1 --with-peers"
	@$(PYTHON) bootstrap.py bench $(ARGS)

bundle: ## a zip that installs without a network
	@$(PYTHON) bootstrap.py bundle $(ARGS)
