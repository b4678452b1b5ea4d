"""Show the accounts, and let them be connected and changed."""
