"""Manage what a tenant's orders refer to: people, their tokens, types, statuses and rates, the first ones included."""
