# One-line recipes; anything longer is a script in tools/.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench chaos mutate stories lock
PY := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

setup: .venv/installed ## install what runs into .venv (and, as root on Debian, the libraries the PDF report needs)

run: .venv/installed ## install what is missing, migrate, serve; says where. DATA_DIR DATABASE_URL HOST PORT SECRET_KEY
	@tools/run

test: .venv/installed-dev ## install what tests need; all Python tests on SQLite and PostgreSQL, all JS tests
	@tools/test

check: .venv/installed-dev ## lint, format, types, import contracts, then everything `make test` does
	@tools/check

bench: .venv/installed-dev ## repeatable measurements, each beside its limit
	@$(PY) -m bench

chaos: .venv/installed-dev ## kill, pause, cut and repeat for about an hour, both databases. SEEDS EVENTS KILLS FIRST DATABASE
	@$(PY) -m tests.chaos

mutate: .venv/installed-dev ## change the screening rules one thing at a time; print what no story and no test notices (half an hour)
	@$(PY) -m tests.screening.mutate

stories: .venv/installed-dev ## every screening story through the pages: by HTTP, then in a real browser (half an hour)
	@STORIES=all $(PY) -m pytest -q -n0 --database sqlite tests/screening/test_rules_pages.py tests/e2e/test_stories.py

lock: ## compile requirements*.in into hashed locks (needs uv)
	@tools/lock

.venv/installed: requirements.txt tools/setup
	@tools/setup requirements.txt && touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@tools/setup requirements-dev.txt && touch $@
