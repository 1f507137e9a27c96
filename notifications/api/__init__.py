"""The API of webhooks and of notices."""
