"""The accounts app: people, workspaces, roles, tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Plain; the rules are in `rules.py`."""

    name = "accounts"
