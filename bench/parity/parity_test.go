package parity

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"plexus/bench/llamacpp"
)

// TestMain skips the package where llama.cpp is not installed, except in CI:
// a proof that nobody runs proves nothing.
func TestMain(m *testing.M) {
	err := llamacpp.Open()
	switch {
	case errors.Is(err, llamacpp.ErrMissing) && os.Getenv("CI") == "":
		fmt.Println("skipped:", err)
		os.Exit(0)
	case err != nil:
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
