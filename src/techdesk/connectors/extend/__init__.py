"""Speak Extend's service-order API: repair events, acceptance, and reads where the account has them."""
