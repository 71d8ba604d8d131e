# Two commands do nearly everything: `make run` and `make test`. Node and npm must be there; npm brings the right Node.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := node_modules/.bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install build run demo test test-tools proto lint check bench deb docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: node_modules/.installed ## Install the packages of package-lock.json

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

build: dist/.built ## Compile into dist/; then `npx acm ...` works

dist/.built: node_modules/.installed $(shell find src sidecar -name '*.ts') tsconfig.json tsconfig.build.json
	npm run --silent build
	@touch $@

run: build ## Start the sidecar on embedded defaults
	@LOG_FORMAT=$${LOG_FORMAT:-text} node dist/sidecar/main.js serve

demo: build ## Watch attacks on a simulated switch be detected and ended
	@node dist/sidecar/main.js demo

test: build test-tools ## Install what the tests need, and run them all
	node --import tsx test/run.ts $(SUITES)

test-tools: ## Install what the tests use: Debian packages (sipp, PostgreSQL, ...), and Helm and its like into .tools/
	@test/install-tools.sh

proto: install ## Generate src/gen from proto/
	buf generate

lint: install ## Style, contract, rings, dead code
	npm run --silent lint

check: lint ## Lint, types, known vulnerabilities
	tsc --noEmit
	npm audit --audit-level=low

bench: build test-tools ## Measure: the window, the check, the service against an empty one
	npm run --silent bench

deb: install ## Build the Debian package for this machine's architecture into dist/
	sidecar/debian/build-deb.sh

docs: install ## Renew what is generated: tables in docs/, the chart's schemas, the dashboard, environment files
	node --import tsx docs/configuration-table.ts
	node --import tsx docs/environment-files.ts
	node --import tsx docs/helm-schemas.ts
	node --import tsx docs/helm-values.ts
	node --import tsx sidecar/monitoring/dashboard/dashboard.ts

clean: ## Remove what was built and installed
	rm -rf dist node_modules coverage
