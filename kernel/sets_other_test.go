//go:build !amd64

package kernel

func testSets() []*set { return available }
