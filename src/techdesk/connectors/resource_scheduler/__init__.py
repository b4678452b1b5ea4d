"""Speak Resource Scheduler for one account: whole orders in JSON or XML, signed in with a name and a password."""
