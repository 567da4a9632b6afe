# Every target says what it is for: `make` lists them.
PYTHON ?= python3
BIN := .venv/bin
# three workers on two cores, since journeys wait; each has servers of its own, a file stays with one of them, and the
# files keep our order (tests/conftest.py): journeys are spread, so that few browsers run at once and none at the end
WORKERS ?= -n 3 --dist loadfile --no-loadscope-reorder
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# without compiled modules each of the many processes compiles the whole product when it starts
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: .venv/.run assets ## set up what is missing and start everything with demo data (Ctrl-C stops it)
	@HELPDESK_DEMO=1 exec $(BIN)/helpdesk up

.PHONY: test
test: .venv/.dev assets $(if $(DAY),,check) ## set up what is missing and run all checks and tests; DAY=2028-02-29T12:00+09:00 for another day
	@$(if $(DAY),HELPDESK_TEST_DAY=$(DAY) PYTHONPATH=$(CURDIR)/tests/another_day) $(BIN)/python -m pytest $(WORKERS) $(ARGS)

.PHONY: check
check: .venv/.dev ## lint, formats and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/mypy

.PHONY: browser
browser: .venv/.dev assets ## every page in a real browser: both themes, both languages, four widths (minutes)
	@$(BIN)/python -m pytest -m "matrix or browser" tests/journeys/test_pages.py $(ARGS)

.PHONY: hostile
hostile: .venv/.dev assets ## hostile and broken input in full, then sqlmap and wapiti (a quarter of an hour)
	@HELPDESK_HOSTILE=1 $(BIN)/python -m pytest $(WORKERS) tests/mailgate tests/security tests/notices tests/tickets \
	tests/alerts/test_reading.py tests/alerts/test_correlation.py tests/manuals tests/test_masking.py $(ARGS)
	@test -x var/scanners/bin/wapiti || { $(PYTHON) -m venv var/scanners && var/scanners/bin/pip install -q sqlmap wapiti3; }
	@$(BIN)/python -m tests.scan var/scanners/bin

.PHONY: audit
audit: .venv/.run ## look for known weaknesses in the locked packages (needs an advisory source)
	@$(BIN)/pip install -q pip-audit && $(BIN)/pip-audit --disable-pip --require-hashes -r requirements.txt $(ARGS) \
	|| { echo "Not audited, or something was found: see above. Advisories come from the package index; where it tells none, name another with ARGS='-s osv'."; exit 1; }

.PHONY: bench
bench: .venv/.dev assets ## measure the promises beside their floors and write docs/benchmarks.json
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: corpora
corpora: .venv/.dev ## read every mail below DIR, beside another reader; prints counts (DIR=/path, ARGS=-v lists what differs)
	@$(BIN)/python -m tests.corpora "$(DIR)" $(ARGS)

.PHONY: eval
eval: .venv/.dev ## print how often the suggested verdict and manual place are right
	@$(BIN)/python -m tests.eval

.PHONY: soak
soak: .venv/.dev assets ## kill mail door and workers 200 times each, wire robots in loops, send 1,000 reports (minutes)
	@$(BIN)/python -m tests.soak

.PHONY: assets
assets: .venv/.run ## install the front-end packages, build static/dist and the translations, learn what ships
	@$(BIN)/python static/build.py
	@$(BIN)/python -c "from helpdesk.triage.apart import build; build()"

.PHONY: translations
translations: .venv/.dev ## collect new messages into helpdesk/translations; then translate what is empty
	@$(BIN)/pybabel -q extract -F babel.cfg -k _l -k N_ --no-location --sort-output --omit-header -o var/messages.pot .
	@$(BIN)/pybabel -q update -N --no-wrap --omit-header -i var/messages.pot -d helpdesk/translations

.PHONY: pictures
pictures: .venv/.dev assets ## take the screenshots of README and docs anew, with the browser tests
	@$(BIN)/python -m pytest tests/journeys/test_main_job.py tests/journeys/test_month.py tests/journeys/test_composer.py
	@cp var/screenshots/figures.png var/screenshots/portal-report.png var/screenshots/desk-list.png var/screenshots/desk-alert.png var/screenshots/portal-home.png \
	var/screenshots/portal-decision.png docs/pictures/
	@for name in asked macro; do cp var/screenshots/composer-$$name-ja.png docs/pictures/composer-$$name.png; done

.PHONY: wheel
wheel: .venv/.dev assets ## build an installable package with templates, static files and migrations inside
	@$(BIN)/python -m build --wheel --no-isolation

.PHONY: format
format: .venv/.dev ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: lock
lock: ## write the lock files anew from pyproject.toml (needs uv)
	@for set in "--extra local -o requirements.txt" "--extra local --extra dev -o requirements-dev.txt"; do \
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade pyproject.toml $$set; done

.PHONY: clean
clean: ## remove everything that was built or installed; demo data under var/ stays
	rm -rf .venv static/dist dist .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=python3.12"; exit 1; }
	@echo "making .venv ..."; $(PYTHON) -m venv .venv || { echo "The venv module is missing: install python3-venv."; exit 1; }

.venv/.run: .venv/bin/python requirements.txt pyproject.toml
	@echo "installing packages ..."; $(BIN)/pip install -q --require-hashes -r requirements.txt
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e . && touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@echo "installing test packages ..."; $(BIN)/pip install -q --require-hashes -r requirements-dev.txt && touch $@
