# `make help` lists the verbs. `run` and `test` do all their own set-up, on a machine that has only Python 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: $(shell awk -F ':.*## ' '/^[a-z-]+:.*## / { print $$1 }' $(firstword $(MAKEFILE_LIST)))

BIN := .venv/bin
CODE := flagsvc sdk/flagsdk tests scripts benchmarks examples loadtests hatch_build.py
WORKERS ?= 4
PYTEST_ARGS ?=
DEMO_ARGS ?=

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## a working service with sample data on http://127.0.0.1:8080 (FLAGSVC_PORT); Ctrl-C ends it
	@sh scripts/setup.sh run
	@sh scripts/console.sh
	@FLAGSVC_DATA_DIR="$${FLAGSVC_DATA_DIR:-data}" exec $(BIN)/flagsvc demo

demo: ## in your terminal, in two minutes: a good release walks to 100 %, a bad one is rolled back; Ctrl-C ends it
	@sh scripts/setup.sh run
	@sh scripts/servers.sh --only haproxy prometheus
	@exec $(BIN)/python -m examples.demo $(DEMO_ARGS)

dist: ## build sdists and wheels into dist/, install them where there is nothing else, and use them; some two minutes
	@sh scripts/setup.sh dev
	@. scripts/common.sh && . scripts/node.sh && use_node && $(BIN)/python -m scripts.dist

console: ## build the web console into flagsvc/console, where `make run` and wheels take it from
	@sh scripts/setup.sh run
	@sh scripts/console.sh

install: ## the development environment in .venv, without any server
	@sh scripts/setup.sh dev

test: ## everything that CI runs: lint, types, import contracts, all tests on real servers
	@sh scripts/setup.sh dev
	@sh scripts/servers.sh curl sqlite3 wrk chromium
	@sh scripts/lint.sh
	@sh scripts/console.sh
	@sh scripts/console_lint.sh
	@sh scripts/tests.sh $(WORKERS) $(PYTEST_ARGS)

check: test ## the same as test

fast: ## the tests that need no server
	@sh scripts/setup.sh dev
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not servers" $(PYTEST_ARGS)

test-kubernetes: ## the Kubernetes routers and the Helm chart on a real kube-apiserver, built once from Debian's source
	@sh scripts/setup.sh dev
	@sh scripts/kube_apiserver.sh
	@$(BIN)/python -m pytest -q -m kube tests/routers tests/helm $(PYTEST_ARGS)

test-previous: ## the previous release's own tests on this release's schema: an upgrade that is half done, or taken back
	@sh scripts/setup.sh dev
	@sh scripts/servers.sh
	@$(BIN)/python -m scripts.previous -n $(WORKERS) $(PYTEST_ARGS)

test-image: ## the whole build of the Dockerfile outside a container, console included, and a start of what came of it; some minutes
	@sh scripts/setup.sh dev
	@$(BIN)/python -m pytest -q -m image tests/packaging $(PYTEST_ARGS)

lint: ## ruff, formatting, mypy, import contracts; the console's types, lint and logic
	@sh scripts/setup.sh dev
	@sh scripts/lint.sh
	@sh scripts/console_lint.sh

types: ## mypy only
	@sh scripts/setup.sh dev
	@$(BIN)/mypy $(CODE)

fmt: ## format, and fix what is safe to fix
	@sh scripts/setup.sh dev
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .
	@if [ -d admin/node_modules ]; then . scripts/common.sh && . scripts/node.sh && use_node && cd admin && npm run --silent format; fi

bench: ## measure, print, and rewrite the results in docs/benchmarks.md
	@sh scripts/setup.sh dev
	@sh scripts/servers.sh wrk chromium
	@sh scripts/console.sh
	@$(BIN)/python -m benchmarks.run

load: ## every load test in full, some six minutes; judged by loadtests/budgets.toml, kept in docs/benchmarks.md
	@sh scripts/setup.sh dev
	@sh scripts/servers.sh
	@$(BIN)/python -m loadtests.run all --full --write

pictures: ## take the pictures of the console in docs/images again, in a real browser; some two minutes
	@sh scripts/setup.sh dev
	@sh scripts/servers.sh --only chromium
	@sh scripts/console.sh
	@$(BIN)/python -m scripts.screenshots

docs: ## the documentation as a site in site/, every link checked; open site/index.html through any web server
	@sh scripts/setup.sh dev
	@$(BIN)/python -m scripts.site

prove-reliability: ## the long programs of docs/reliability.md, some four hours: schedules, outage, herd, leaders, memory, service, restarts
	@sh scripts/setup.sh dev
	@sh scripts/servers.sh
	@$(BIN)/python -m scripts.reliability.schedules --count 1000
	@$(BIN)/python -m scripts.reliability.soak --minutes 10 --restarts 20
	@$(BIN)/python -m scripts.reliability.herd --clients 1000
	@$(BIN)/python -m scripts.reliability.leaders --losses 200
	@$(BIN)/python -m scripts.reliability.memory --minutes 60
	@$(BIN)/python -m scripts.reliability.service_soak --minutes 60
	@$(BIN)/python -m scripts.reliability.rolling --rounds 50
	@$(BIN)/python -m scripts.reliability.rolling --rounds 20 --upgrades

lock: ## pin requirements/*.in again, with hashes and without addresses (needs uv)
	@sh scripts/lock.sh
