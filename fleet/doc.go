// Package fleet keeps models loaded: it loads them on first use, within a
// budget of memory, and unloads those that nobody uses.
//
// It may hold what concerns all models whatever they do, and how weights,
// network and tokenizer become a task's engine. It may not hold what a task
// means.
package fleet
