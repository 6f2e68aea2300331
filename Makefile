# Every target is one call of the bootstrap script, which needs nothing but Python 3.11 or newer.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)

.PHONY: help setup demo test check bench
help setup demo test check bench:
	@$(if $(PYTHON),,echo 'Remit needs Python 3.11 or newer, and none is on PATH: apt-get install python3' >&2; exit 1;) \
	$(PYTHON) tools/bootstrap.py $@
