# The commands of this repository; `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test bench check fmt lint deny advisories fuzz icons

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Install what is missing, build, and start the whole product with sample customers and staff
	@scripts/demo.sh

test: ## Install what is missing, then run every test, with real browsers and the real app
	@scripts/test.sh

check: ## Formatting, lints and unit tests: needs only Rust, a C compiler and libssl-dev
	cargo fmt --all -- --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --lib --bins
	cargo test --locked -p warifu-tests --test house

bench: ## What an approval costs on this machine: parts, cycles, many accounts, idle devices, start
	@scripts/install-packages.sh build
	@cargo build --locked --release --quiet -p warifu-server -p warifu-device-core -p warifu-tests --bins
	@"$${CARGO_TARGET_DIR:-target}"/release/warifu-bench

fmt: ## Format the Rust code
	cargo fmt --all

lint: ## All lints, the app and its scripts included (needs WebKit and Node)
	@scripts/install-packages.sh build app
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked -p warifu --all-targets -- -D warnings
	scripts/check-js.sh

deny: ## Licences, bans and sources of the dependencies
	@scripts/install-cargo-tools.sh cargo-deny
	target/tools/bin/cargo-deny --locked --workspace --log-level error check --hide-inclusion-graph licenses bans sources

advisories: ## Known vulnerabilities of the dependencies (needs the network)
	@scripts/install-cargo-tools.sh cargo-deny
	target/tools/bin/cargo-deny --locked --workspace --log-level error check --hide-inclusion-graph advisories

fuzz: ## Fuzz every parser of outside bytes, FUZZ_SECONDS each (60)
	@scripts/fuzz.sh

icons: ## Make the raster icons from their SVG
	@scripts/install-packages.sh icons
	@scripts/icons.sh
