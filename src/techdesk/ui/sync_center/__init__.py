"""Show what is unsent or needs a person, and let them decide about it."""
