package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"plexus/kernel"
)

type versionCmd struct{}

// Run prints what this binary is.
func (versionCmd) Run() error {
	fmt.Printf("plexus %s %s %s/%s\nkernels: %s (available: %s)\n",
		version(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		kernel.Using(), strings.Join(kernel.Available(), ", "))
	return nil
}

// version is the module's, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v, revision := info.Main.Version, ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value[:min(12, len(s.Value))]
		}
	}
	if v != "" && v != "(devel)" {
		return v
	}
	return strings.TrimSuffix("devel-"+revision, "-")
}
