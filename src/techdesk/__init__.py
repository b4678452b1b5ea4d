"""TechDesk: the desk of people who repair things."""

__version__ = "0.1.0"
