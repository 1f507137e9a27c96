"""The only place that changes where a workspace's tags go. Every function runs inside an open `unit_of_work`."""

from gto.services.repositories import keep_tag_repository, push_tags, stop_tag_repository

__all__ = ["keep_tag_repository", "push_tags", "stop_tag_repository"]
