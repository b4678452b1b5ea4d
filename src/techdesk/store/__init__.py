"""Keep everything on this computer: orders, outbox, settings and secrets."""
