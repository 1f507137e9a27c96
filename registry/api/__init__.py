"""Workspaces, models, versions and the history of their stages, over HTTP."""
