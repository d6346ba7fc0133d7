# Every check of this repository is one line here. The program itself needs Go alone:
#   go run ./cmd/corpusmill run pipelines/quickstart.yaml
#   go test -timeout 25m ./...

SHELL        := bash
.SHELLFLAGS  := -o pipefail -c

GO           ?= go
PYTHON       ?= python3
BIN          := $(CURDIR)/bin
STATICCHECK  := v0.8.2
GOLANGCI     := v2.15.0
FUZZTIME     ?= 10s

# The race detector makes a test five to twenty times as slow. It sees all of the
# packages that start goroutines, and elsewhere the tests that use many.
RACE        := ./stage ./run ./ledger ./store/... ./dedup ./internal/extsort
RACE_SOME   := ./text ./purify/... ./tokencount ./tokenshards ./transform ./format/... ./gather ./cli ./crawl/wire ./crawl/archive
RACE_TESTS  := Concurren|Parallel|Race|Fork|Worker|Example

.PHONY: build test engines manifests wheel check format vet lint layers generated race bench fuzz parity tools clean

build: ## the program, as bin/corpusmill
	$(GO) build -trimpath -o $(BIN)/corpusmill ./cmd/corpusmill

test: ## the README's test command
	$(GO) test -timeout 25m ./...

check: format vet layers generated lint race ## the gate of every commit, under three minutes

format: ## gofmt -s has nothing to change
	@files=$$(gofmt -s -l $$($(GO) list -f '{{.Dir}}' ./...)); \
	if [ -n "$$files" ]; then echo "run gofmt -s -w on:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

layers: ## imports by layer, owners of libraries, house rules
	$(GO) test ./tools/tidy

# Regenerates what is generated and looks whether that changed a file of those folders.
generated:
	@before=$$(git status --porcelain -- $(GENERATED) | sort; git diff -- $(GENERATED) | git hash-object --stdin); \
	$(GO) generate ./... ; status=$$?; \
	after=$$(git status --porcelain -- $(GENERATED) | sort; git diff -- $(GENERATED) | git hash-object --stdin); \
	if [ $$status -ne 0 ]; then exit $$status; fi; \
	if [ "$$before" != "$$after" ]; then \
	  echo "go generate changed files: commit what it makes"; git status --short -- $(GENERATED); exit 1; fi
GENERATED := .

lint: $(BIN)/staticcheck-$(STATICCHECK) $(BIN)/golangci-lint-$(GOLANGCI)
	$(BIN)/staticcheck-$(STATICCHECK) ./...
	$(BIN)/golangci-lint-$(GOLANGCI) run ./...

engines: ## go-trafilatura and go-readability as stages: a module of its own
	cd engines && $(GO) vet ./... && $(GO) test ./...

manifests: ## what launchers print is what Kubernetes takes: a module of its own
	cd deploy/testdata/k8stest && $(GO) vet ./... && $(GO) test ./...

wheel: ## the Python package of this machine, as python/dist/*.whl, and its tests in a fresh environment
	PYTHON=$(PYTHON) python/build.sh
	PYTHON=$(PYTHON) WHEEL=$$(ls -t $(CURDIR)/python/dist/*.whl | head -1) python/test.sh --arrow

race: ## the race detector, over what runs side by side and over a short golden run
	$(GO) test -race -short $(RACE)
	$(GO) test -race -short -run '$(RACE_TESTS)' $(RACE_SOME) | grep -v 'no test'
	$(GO) test -race -short -run 'TestGoldenRun/(workers|counts|again|ranks)' ./e2e

bench: ## benchmarks as benchstat reads them: make bench > new.txt
	@$(GO) test -run '^$$' -bench . -benchmem -count 5 ./...

# Go takes up to a minute to make each new input smaller, in which nothing else is tried.
fuzz: ## every fuzz target for FUZZTIME
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg || exit 1; \
	  done; \
	done

parity: ## agreement with the peers; CORPUSMILL_TEST_PYTHON names a Python that has them
	$(GO) test -count 1 -v -run 'Parity|Peer|Reference|Datatrove|Tiktoken' ./... | grep -v '^?'

tools: $(BIN)/staticcheck-$(STATICCHECK) $(BIN)/golangci-lint-$(GOLANGCI)

# The linters are pinned here and built outside the module: they are in no go.sum of ours.
$(BIN)/staticcheck-$(STATICCHECK):
	GOBIN=$(BIN)/install $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)
	mv $(BIN)/install/staticcheck $@

$(BIN)/golangci-lint-$(GOLANGCI):
	GOBIN=$(BIN)/install $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv $(BIN)/install/golangci-lint $@

clean:
	rm -rf $(BIN) runs
