"""Change what is on this computer: each change is one durable save together with its operation."""
