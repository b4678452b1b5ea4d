"""Edit one value each: every editor shows a value, takes another, and says what is wrong with it."""
