"""Hold the JSON of each system exactly; its connector and the server share it, so the two cannot drift."""
