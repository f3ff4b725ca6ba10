# make build   bin/plexus, one static binary
# make run     build it, ask the pocket model a question, then serve the demo Worker on port 8787
# make check   formatting, vet, staticcheck
# make test    everything CI runs: check, all tests, parity with llama.cpp, a server under load, Node clients
# make bench   Plexus beside llama.cpp and wrangler, and its own overheads

export CGO_ENABLED = 0
PROMPT ?= What is edge computing?

# Projects of npm: what they install is also what the Go tests run.
PROJECTS = packages/miniflare-plugin examples/vitest examples/ai-demo examples/semantic-search examples/ai-sdk-node examples/sdk-node
CLIENTS = packages/miniflare-plugin examples/vitest examples/ai-sdk-node examples/sdk-node
NPM = npm --no-audit --no-fund --loglevel=error

.PHONY: build run check test cross race clients bench generate tools

build:
	go build -trimpath -ldflags "-s -w" -o bin/plexus ./cmd/plexus

run: build examples/ai-demo/node_modules
	@./bin/plexus run @pocket/chat "$(PROMPT)"
	@./bin/plexus dev examples/ai-demo

check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	go vet ./...
	go tool staticcheck ./...

test: check build tools
	go test ./...
	$(MAKE) cross
	$(MAKE) race
	$(MAKE) -C bench test
	$(MAKE) clients

# What nothing here runs must at least build.
cross:
	GOOS=darwin GOARCH=arm64 go build -o /dev/null ./cmd/plexus
	GOOS=windows GOARCH=amd64 go build -o /dev/null ./cmd/plexus

# The race detector is the one thing that needs cgo.
race:
	CGO_ENABLED=1 go test -race -short ./kernel ./textgen ./encode ./fleet ./gateway ./httpapi ./workers

# The official SDKs, wrangler and vitest against the binary.
clients: build tools
	for project in $(CLIENTS); do (cd $$project && PLEXUS=$(CURDIR)/bin/plexus npm test) || exit 1; done

bench: build tools
	$(MAKE) -C bench bench embed dev

# What the tests need beyond Go: packages of npm, and on Debian a browser.
tools: $(PROJECTS:%=%/node_modules)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }

examples/vitest/node_modules: packages/miniflare-plugin/dist

packages/miniflare-plugin/dist: packages/miniflare-plugin/node_modules packages/miniflare-plugin/src
	cd packages/miniflare-plugin && npm run build

%/node_modules: %/package-lock.json
	cd $* && $(NPM) ci
	@touch $@

generate:
	go generate ./...
