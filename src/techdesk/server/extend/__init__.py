"""Answer the Extend dialect: events, acceptance and reads of the same orders that the other dialects show."""
