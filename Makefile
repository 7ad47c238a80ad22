# `make` lists the targets. Each is a script that can be called twice, as root or as a user with sudo.
.DEFAULT_GOAL := help
.PHONY: help run build test test-servers test-peers check lint torture bench docs dashboards format

help: ## this list
	@sed -n 's/^\([a-z-]*\): ## /\1|/p' $(MAKEFILE_LIST) | awk -F '|' '{printf "make %-13s %s\n", $$1, $$2}'

run: ## build a release and start the demonstration; it says which address to open
	@scripts/run.sh

build: ## build a release: .build/release/breakwater
	@scripts/build.sh

test: ## install what the tests need, build, run them all, count
	@scripts/test.sh

test-servers: ## start real MCP servers, and say which one a probe reports wrongly
	@scripts/test_servers.sh

test-peers: ## the agent beside real Alertmanager, amtool, Matrix, Prometheus: what works with which
	@scripts/test_peers.sh

check: ## what must hold before a commit: lint, then test
	@scripts/lint.sh
	@scripts/test.sh

lint: ## the formatter's opinion, changing nothing
	@scripts/lint.sh

torture: ## the long tests; `scripts/torture.sh --list` says which, and it can run one of them
	@scripts/torture.sh

bench: ## figures beside those of the peers, each with its bound and verdict
	@scripts/bench.sh

docs: ## write the pages that are made from the program (docs/metrics.md, docs/configuration.md)
	@scripts/docs.sh

dashboards: ## write grafana/dashboards from grafana/generator
	@scripts/dashboards.sh

format: ## format every Swift file
	@swift format format --in-place --recursive --parallel Sources Tests Fuzz/Sources Package.swift
