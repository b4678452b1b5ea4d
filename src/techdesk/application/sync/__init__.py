"""Bring what is unsent to the back end exactly once, and take in what it tells (`docs/sync.md`)."""
