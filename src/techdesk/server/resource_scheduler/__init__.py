"""Answer the Resource Scheduler dialect: whole orders in JSON and XML, the same that other dialects show."""
