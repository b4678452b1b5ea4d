"""Show what stands before the desk: first start, unlocking, repair, data of another version."""
