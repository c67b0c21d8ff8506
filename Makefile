# Everything that one does here. `make` alone prints this list.

# The version of the linter; `go run` compiles it once and keeps it in the build cache.
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# What `make nightly` writes: outside of the folders of runs, so that it stays.
NIGHTLY := .seatrial/nightly
# How long `make fuzz` spends on each target.
FUZZTIME ?= 10s

.DEFAULT_GOAL := help

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## check the example shop: builds it, launches it, runs the standard suite
	go run ./cmd/seatrial check fixtures/apps/shop

.PHONY: test
test: ## run all tests, and the scenarios in the smoke cells of matrix.yaml
	go test ./...

.PHONY: weather
weather: ## carry out every condition: a careless app must break under it, a sound one must not
	SEATRIAL_WEATHER=once go test -count=1 -timeout 60m -run 'Weather|EachCondition|OldGLIBC|LogSentences' ./scenarios

.PHONY: check
check: ## formatting, vet, linters, imports, documents, go.mod; needs no Docker
	@unformatted=$$(gofmt -l bench cmd features fixtures harness scenarios); if [ -n "$$unformatted" ]; then \
		echo "not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(MAKE) --no-print-directory lint
	go test -short ./harness ./cmd/seatrial
	go mod tidy -diff

.PHONY: nightly
nightly: ## run every condition in both languages and every cell of matrix.yaml; reports go to .seatrial/nightly
	SEATRIAL_TEST_ALL_MOMENTS=1 go test -count=1 -run 'LeavesNothingBehind|RemovesItsThings' ./cmd/seatrial
	SEATRIAL_WEATHER=all go test -timeout 60m ./scenarios
	go run ./cmd/seatrial run --all --all-weather --junit $(NIGHTLY)/junit.xml --json $(NIGHTLY)/report.json

.PHONY: images
images: ## get all bases and services now, for work without a network
	go run ./cmd/seatrial images fetch

.PHONY: bench
bench: ## measure launches against the engine's floor and the usual way
	go run ./bench

.PHONY: corpus
corpus: ## hold the diagnosis rules against every recorded failure, and print the table
	@go run ./harness/diagnose/corpus

.PHONY: docs
docs: ## write the generated pages: docs/steps.md, docs/conditions.md, docs/rules, parts of the READMEs
	go test ./cmd/seatrial -run TestGeneratedPages -update

.PHONY: lint
lint: ## run the linters of .golangci.yml; the first time takes a minute or two
	GOFLAGS= go run $(GOLANGCI) run ./...

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME (10s)
	@grep -rH --include='*_test.go' '^func Fuzz' harness scenarios cmd \
		| sed -E 's|/[^/]*:func (Fuzz[A-Za-z0-9_]*).*| \1|' | sort -u \
		| while read -r dir target; do \
			echo "$$dir $$target"; \
			go test "./$$dir" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
		done

.PHONY: clean
clean: ## remove what dead runs left on the engine, and the evidence in .seatrial
	go run ./cmd/seatrial clean
	rm -rf .seatrial
