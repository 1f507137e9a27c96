"""Clients of other systems, unmodified, each in an environment of its own, against a live server: what their users would do."""
