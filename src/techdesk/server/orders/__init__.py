"""Keep orders with their events, hours, items and bills, for every dialect the same, and publish each change."""
