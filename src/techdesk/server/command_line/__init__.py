"""Carry out what `techdesk-server` is told on its command line; `__main__` reads it and prints the outcome."""
