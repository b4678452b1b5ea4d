"""Hold the nouns of repair work: orders, items, events, hours, money, time and errors.

Everything here is a value or a rule. Nothing here reads a file, opens a socket, asks for the time or knows a window.
"""
