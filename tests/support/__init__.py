"""Fakes, builders and fixtures shared by the tests."""
