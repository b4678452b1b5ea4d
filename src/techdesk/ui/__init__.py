"""Show the desk in windows: widgets only, no network, no SQL, no keyring."""

import builtins

from PySide6 import QtCore  # noqa: F401 - puts its own import in the place of Python's

# WORKAROUND https://github.com/napari/napari/issues/8584: until PySide6 looks for `from __feature__ import` only in who
# asks for it. It reads the source of each module that is imported after it, in every thread, and keeps it in memory.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
