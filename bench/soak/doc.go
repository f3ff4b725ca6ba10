// Package soak runs a real `plexus serve` under load, with clients that go away
// and a server that is killed. It holds tests only.
package soak
