// Package workers runs a Worker project on this machine: it reads the wrangler
// configuration, bundles the entry point as wrangler would, and serves the
// result from the real runtime, workerd, with env.AI bound to a handler of
// this process. Sources are watched, and a new version takes over when it is
// up.
//
// It may hold everything between a project's folder and its HTTP port. It may
// not hold AI logic: what env.AI answers is the business of the handler it is
// given.
package workers
