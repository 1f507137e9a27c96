"""Pages of notices, and of what the outside is told."""
