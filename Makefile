# make build   bin/plexus, one static binary
# make run     build it, ask the pocket model a question, then serve the demo Worker on port 8787
# make check   formatting, vet, staticcheck
# make test    everything CI runs: check, all tests, parity with llama.cpp, a server under load, Node clients
# make bench   Plexus beside llama.cpp and wrangler, and its own overheads

export CGO_ENABLED = 0
PROMPT ?= What is edge computing?

# Projects of npm: what they install is also what the Go tests run.
CLIENTS = packages/miniflare-plugin examples/vitest examples/ai-sdk-node examples/sdk-node
TYPED = examples/ai-demo examples/semantic-search
PROJECTS = $(CLIENTS) $(TYPED)
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
	for target in darwin/arm64 windows/amd64 linux/arm64; do \
		GOOS=$${target%/*} GOARCH=$${target#*/} go build -o /dev/null ./cmd/plexus || exit 1; done

# The race detector is the one thing that needs cgo.
race:
	CGO_ENABLED=1 go test -race -short ./kernel ./textgen ./encode ./fleet ./gateway ./httpapi ./workers

# The official SDKs, wrangler and vitest against the binary, and the examples
# in TypeScript against Cloudflare's types.
clients: build tools
	for project in $(CLIENTS); do (cd $$project && PLEXUS=$(CURDIR)/bin/plexus npm test) || exit 1; done
	for project in $(TYPED); do (cd $$project && WRANGLER_SEND_METRICS=false npm run check) || exit 1; done

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
