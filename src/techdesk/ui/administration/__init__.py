"""Let administrators work on a server from the window: its workflow, prices, people, tokens, clients and deliveries."""
