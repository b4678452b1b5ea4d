"""Do on the command line what the window does, over the same desk; without Qt and without a display."""
