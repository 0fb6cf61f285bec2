"""Probes: one file a protocol, each knows one exchange and no loop."""
