"""Show the desk in windows: widgets only, no network, no SQL, no keyring."""
