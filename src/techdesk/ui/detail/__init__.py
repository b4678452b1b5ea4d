"""Show what is selected: one order whole, or what can be done to several at once."""
