"""Keep everything TechDesk knows in one encrypted SQLite file per OS user.

`order_store.open_store` is the way in. All writes go through one gate with priority for the person; every reader has a
read-only connection of its own; the full-text index is a second, rebuildable file that is fed behind the writes.
"""
