"""Show the orders of a view: a table that reads its rows as they come into sight."""
