# Everything here runs in a fresh clone. `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help quickstart build test examples lint format bench claims soak docs models ci clean bootstrap

SWIFT ?= swift
PAIRWISE := .build/release/pairwise
FORMATTED := $(wildcard Package.swift Sources Tests Examples Benchmarks)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

quickstart: build ## train, evaluate and score on a dataset whose true reward is known
	@Scripts/quickstart.sh

build: bootstrap ## build in release mode, after installing missing Debian packages
	$(SWIFT) build -c release --product pairwise

test: bootstrap ## build and run all tests and the example program, in release mode
	Scripts/test.sh

examples: bootstrap ## build and run the example programs
	Scripts/examples.sh

lint: bootstrap ## formatting, one-way imports, forbidden constructs, every config decodes
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)
	Scripts/check-imports
	Scripts/check-sources
	$(SWIFT) build -c release --product pairwise
	$(PAIRWISE) config check Configs/*.yaml Configs/*/*.yaml

format: ## format all Swift sources in place
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

bench: bootstrap ## measure kernels, products, training steps and data reading
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path .build --disable-build-manifest-caching
	.build/release/PairwiseBenchmarks

claims: build ## run every claim of Configs/claims and write Checkpoints/claims/claims.html
	$(PAIRWISE) claims Configs/claims/*.yaml --output Checkpoints/claims

soak: build ## kill, fill the disk and resume, over and over: the same bytes must come out
	@set -e; for script in Scripts/soak/*.py; do if [ -x "$$script" ]; then echo "$$script"; "$$script"; fi; done

docs: bootstrap ## build the documentation into .build/docs
	Scripts/docs.sh

models: ## fetch the two real models that later tests use into .models
	Scripts/models.sh

ci: ## what a reviewer runs
	.ci/run

clean: ## remove build products; Checkpoints and .models stay
	rm -rf .build Examples/*/.build Benchmarks/.build

bootstrap:
	@Scripts/bootstrap.sh
