# One entry to development: `make help`.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-providers test-crash lint bench docs clean

help: ## this list
	@echo "Beleg: answers from audit documents, with citations that are checked byte for byte"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1  \2/p' $(MAKEFILE_LIST)
	@echo
	@echo "Cold, the first build takes 25 to 40 minutes on 2 cores; warm, seconds. Everything that is built lies in the"
	@echo "user's cache folder, outside of this checkout; CARGO_TARGET_DIR and BELEG_CACHE move it."

setup: ## install what is missing for building, testing and the demo
	@scripts/setup.sh build test demo

demo: ## build, ingest the sample corpus, ask it four questions, check every quote
	@scripts/demo.sh

test: ## every test
	@scripts/test.sh

test-providers: ## of the tests those of chat models: fakes, the vendors' own clients, LiteLLM, aimock, a real model behind llama.cpp
	@. scripts/env.sh && cargo test --locked -p beleg --features cli,testing,aws-metadata --test provider

test-crash: ## writers killed 500 times (BELEG_CRASH_ROUNDS), and what was acknowledged is there
	@. scripts/env.sh && BELEG_CRASH_ROUNDS=$${BELEG_CRASH_ROUNDS:-500} cargo test --locked -p beleg --features cli,testing,aws-metadata --test corpus killed

lint: ## rustfmt, clippy, shellcheck, licences (LINT_FEATURES=cli,testing: everything, a second build of Lance)
	@scripts/lint.sh

bench: ## criterion benches and the quality of retrieval (BENCH_PROFILE=release: a release build)
	@scripts/bench.sh

docs: ## the crate's documentation, and docs/errors.md from the source
	@scripts/error_codes.sh
	@. scripts/env.sh && cargo doc -p beleg --no-deps --features cli,testing

clean: ## remove the sample corpus and the demo's index; the build folder stays
	@. scripts/env.sh && rm -rf "$$demo_corpus" "$$sample_corpus" "$$sample_corpus.stamp" "$$cache/bench"
