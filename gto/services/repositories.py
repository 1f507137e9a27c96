"""A workspace's repository of tags: switched on, changed, switched off."""

from typing import Any

from django.db import transaction

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role, Workspace
from activity import clock
from activity.errors import Conflict, Invalid
from activity.log import Subject, record
from gto.addresses import address_of
from gto.models import TagRepository
from gto.noting import hint
from notifications.guard import Refused
from notifications.signing import sealed


def keep_tag_repository(
    *, workspace_id: int, by: Caller, remote: str = "", user: str = "", token: str | None = None
) -> TagRepository:
    """Have a workspace's registrations and stage changes written as GTO's tags, and pushed to `remote` where there is one.

    `token` is kept encrypted; None keeps the one there is, as long as the remote stays. Effects, in order: the row, activity
    `tag_repository.enabled`, or `tag_repository.edited` where it was on (nothing when nothing differs); a hint to the worker after
    commit. Raises NotFound, Forbidden, Invalid.
    """
    repository = _locked(workspace_id, by)
    remote = _checked(remote, token)
    was_on, before = bool(repository and repository.enabled), repository.remote if repository else ""
    if repository is None:
        repository = TagRepository(workspace_id=workspace_id, created_by=by.person, created_at=clock.now())
    changed = not was_on or (repository.remote, repository.user) != (remote, user) or token is not None
    if not changed:
        return repository
    repository.remote, repository.user, repository.enabled = remote, user, True
    if token is not None or remote != before:
        repository.token = sealed(token) if token else ""
    repository.enrolled = repository.enrolled and was_on
    repository.push_error, repository.push_failures, repository.next_push_at = "", 0, clock.now() if remote else None
    repository.write_error, repository.write_failures, repository.next_write_at = "", 0, None
    repository.save()
    _tell("tag_repository.edited" if was_on else "tag_repository.enabled", workspace_id, by, pushed=bool(remote))
    transaction.on_commit(hint, robust=True)
    return repository


def stop_tag_repository(*, workspace_id: int, by: Caller) -> None:
    """Write and push no more; what was written stays, and the token is forgotten. Off already: nothing happens.

    Effects, in order: the row, activity `tag_repository.disabled`. Raises NotFound, Forbidden.
    """
    repository = _locked(workspace_id, by)
    if repository and repository.enabled:
        repository.enabled, repository.token = False, ""
        repository.save(update_fields=["enabled", "token"])
        _tell("tag_repository.disabled", workspace_id, by)


def push_tags(*, workspace_id: int, by: Caller) -> TagRepository:
    """Try now, and not when the next try is due.

    Effects, in order: the row, activity `tag_repository.tried`; a hint to the worker after commit. Raises NotFound, Forbidden, Conflict.
    """
    repository = _locked(workspace_id, by)
    if repository is None or not repository.enabled:
        raise Conflict("This workspace writes no tags, so there is nothing to try. Switch it on first.")
    repository.next_push_at, repository.next_write_at = clock.now() if repository.remote else None, None
    repository.save(update_fields=["next_push_at", "next_write_at"])
    _tell("tag_repository.tried", workspace_id, by)
    transaction.on_commit(hint, robust=True)
    return repository


def _locked(workspace_id: int, by: Caller) -> TagRepository | None:
    Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    return TagRepository.objects.filter(workspace_id=workspace_id).first()


def _checked(remote: str, token: str | None) -> str:
    """The address as it is kept. Raises Invalid."""
    if not remote:
        return ""
    try:
        address = address_of(remote)
    except Refused as refused:
        raise Invalid(f"{refused} Nothing was saved.", field="remote") from refused
    if token and address.protocol not in ("https", "http"):
        raise Invalid("A token goes with an https address alone. Nothing was saved.", field="token")
    return address.text


def _tell(verb: str, workspace_id: int, by: Caller, **data: Any) -> None:
    record(verb, by=by.actor, on=Subject(workspace_id=workspace_id), data=data)
