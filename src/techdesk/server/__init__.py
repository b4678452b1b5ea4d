"""Serve the orders of a team over HTTP, from SQLite or PostgreSQL; its own process, `techdesk-server`."""
