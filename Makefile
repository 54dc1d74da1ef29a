# Every target works on a fresh clone that has python3.11 with venv, git and make.
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-unit lint bench

help: ## What can be asked
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## Install, seed and serve ProConnect with its demo services (DEMO_PORT=8000)
	@scripts/bootstrap --site
	@exec .venv/bin/python -m tests.mirrors.demo.run

demo-reset: ## Forget the demo: its database, keys and mails
	@scripts/bootstrap --site
	@.venv/bin/python -m scripts.services forget
	@rm -rf var

test: ## Everything: lint, unit tests, browsers
	@exec scripts/test

test-unit: ## The tests that fit in a minute: no browser, no FI, no service started
	@exec scripts/test --unit

lint: ## What is checked without running the site
	@scripts/bootstrap
	@exec scripts/lint

bench: ## What a journey costs the server, beside a certified reference (BENCH="--rounds 3 --compare FILE")
	@exec scripts/bench $(BENCH)
