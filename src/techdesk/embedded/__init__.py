"""Run the built-in server for one desk: in a process of its own, on this computer only."""
