"""Hold one module for each step."""
