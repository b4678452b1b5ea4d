"""Put the desk together: store, secrets, accounts, connectors and sync, each handed what it needs; without Qt."""
