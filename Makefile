# make build   bin/plexus, one static binary
# make run     build it and ask the pocket model a question
# make test    everything CI runs
# make check   formatting, vet, staticcheck
# make bench   Plexus beside llama.cpp, and the server's own overhead

export CGO_ENABLED = 0
PROMPT ?= What is edge computing?

.PHONY: build run test check race bench generate

build:
	go build -trimpath -ldflags "-s -w" -o bin/plexus ./cmd/plexus

run: build
	@./bin/plexus run @pocket/chat "$(PROMPT)"

check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	go vet ./...
	go tool staticcheck ./...

test: check build
	go test ./...
	$(MAKE) race

# The race detector is the one thing that needs cgo.
race:
	CGO_ENABLED=1 go test -race -short ./kernel ./textgen ./fleet ./gateway ./httpapi

bench:
	$(MAKE) -C bench bench

generate:
	go generate ./...
