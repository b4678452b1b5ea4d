"""Say what the desk can do, over ports: look things up, change them, and get them to the back end exactly once."""
