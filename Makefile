# Short names for what people do every day; each is one command of bin/ or of the virtual environment.
.PHONY: demo test lint locks

demo:
	bin/demo

test:
	bin/test

lint:
	.venv/bin/ruff check --fix . && .venv/bin/ruff format . && .venv/bin/lint-imports

# Compile the locks anew. Nothing of where packages come from may stand in them.
locks:
	for name in requirements requirements-demo requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url $(if $(NEWER),--exclude-newer $(NEWER)) $$name.in -o $$name.txt || exit 1; \
	done
