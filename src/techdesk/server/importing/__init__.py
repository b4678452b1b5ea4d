"""Bring in many whole orders at once, from CSV files or from the sample."""
