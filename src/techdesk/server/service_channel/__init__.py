"""Receive work orders from ServiceChannel: who may deliver, what a delivery does, and a log of them all."""
