"""Show a person what is unsent, let them decide about it, and carry it to another computer."""
