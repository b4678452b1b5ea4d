"""Make lifelike orders to try the desk with: own texts, deterministic by seed, with dates around today."""

from techdesk.server.sample.making import make_sample

__all__ = ["make_sample"]
