"""Speak Flow Retail's service-order API, with what TechDesk's own server adds to it."""
