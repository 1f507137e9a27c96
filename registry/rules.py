"""What may be done to models and versions, in plain Python. Each refusal has its own words."""

from collections.abc import Iterable

from accounts.errors import Forbidden
from accounts.models import Role
from registry.access import Standing
from registry.content import GOVERNED
from registry.errors import ModelArchived, PreconditionFailed, Protected, VersionLocked
from registry.models import ModelVersion, RegisteredModel, Stage

_ARTIFACT = ("artifact_uri", "artifact_digest")
Lock = ModelVersion.Lock


def check_not_archived(model: RegisteredModel) -> None:
    """An archived model takes nothing new. Raises ModelArchived."""
    if model.archived_at:
        raise ModelArchived(
            f"{model.name} is archived, so nothing was done. An admin can take it out of the archive in its settings."
        )


def check_leads(leads: bool, model: RegisteredModel, what: str) -> None:
    """Who sees a model is for those who lead it: its owner, collaborators who are admins, and the workspace's. Raises Forbidden."""
    if not leads:
        raise Forbidden(
            f"Only the owner of {model.name}, a collaborator who is its admin or an admin of the workspace can {what}, so nothing was"
            " done. Ask one of them."
        )


def check_may_give(standing: Standing, role: Role, theirs: Role | None) -> None:
    """Whoever leads a model lets others see it; more than they have in the workspace comes from its admins. Raises Forbidden.

    `theirs` is the role in the workspace of whoever gets it; None for a group, in which there are people of every role.
    """
    if standing.role == Role.ADMIN or role == Role.VIEWER or (theirs and theirs.covers(Role.EDITOR)):
        return
    whom = "of a viewer of the workspace" if theirs else "of a group"
    raise Forbidden(
        f"Only an admin of the workspace makes more {whom}, so nothing was done. As a viewer of the model, everybody keeps the role"
        " that they have in the workspace."
    )


def check_revision(current: int, expected: int | None) -> None:
    """If-Match: the caller changes what they read. Raises PreconditionFailed."""
    if expected is not None and current != expected:
        raise PreconditionFailed(
            "This was changed since you read it, so nothing was written. Read it again, then make your change."
        )


def lock_binds(version: ModelVersion, role: Role) -> bool:
    """Verta's matrix: `closed` binds everybody, `redact` everybody but admins."""
    return version.lock_level == Lock.CLOSED or (version.lock_level == Lock.REDACT and role != Role.ADMIN)


def check_unlocked(version: ModelVersion, role: Role, what: str) -> None:
    """Raises VersionLocked when the lock binds somebody with this role."""
    if lock_binds(version, role):
        raise VersionLocked(
            f"{version.name} is locked ({version.lock_level}), so {what}. An admin can lower the lock.",
            lock_level=version.lock_level,
        )


def check_content_edit(version: ModelVersion, held: Iterable[Stage], changed: set[str], role: Role) -> None:
    """Content follows the stage: what was approved stays what it is (`decisions.md` 20). Raises VersionLocked, Protected."""
    governed = changed & set(GOVERNED)
    if not governed:
        return
    check_unlocked(version, role, "its content stays as it is; labels and description can be edited")
    stages = list(held)
    for stage in [stage for stage in stages if stage.protected and governed & set(_ARTIFACT)]:
        raise Protected(
            f"{version.name} is in {stage.name}, so its artifact stays what was approved. Register a new version instead.",
            fields=sorted(governed & set(_ARTIFACT)),
        )
    for stage in [stage for stage in stages if stage.kind == Stage.Kind.PRODUCTION]:
        raise Protected(
            f"{version.name} is in {stage.name}, so its metrics, parameters and attributes stay what was approved. Register a new"
            " version instead.",
            fields=sorted(governed),
        )


def check_lock_change(version: ModelVersion, level: Lock, role: Role) -> None:
    """Any editor may raise a lock, only an admin lowers it. Raises Forbidden."""
    if level.rank < Lock(version.lock_level).rank and role != Role.ADMIN:
        raise Forbidden(
            f"Only an admin lowers a lock, so {version.name} stays {version.lock_level}. Ask an admin of the workspace."
        )


def check_may_point(version: ModelVersion, held: Iterable[Stage], alias: str, role: Role) -> None:
    """Programs load what an alias points at, so pointing at or away from what a protected stage holds takes an admin. Raises Forbidden."""
    for stage in [stage for stage in held if stage.protected]:
        if role != Role.ADMIN:
            raise Forbidden(
                f"{version.name} is in {stage.name}, so only an admin points “{alias}” at it or away from it. Nothing was changed; ask an"
                " admin of the workspace."
            )


def check_deletable(version: ModelVersion, held: Iterable[Stage], was_in_production: bool, role: Role) -> None:
    """Rule 6, as in Chariot: what holds a protected stage, or was ever in production, stays. Raises Protected, VersionLocked."""
    for stage in [stage for stage in held if stage.protected or stage.kind == Stage.Kind.PRODUCTION]:
        raise Protected(f"{version.name} is in {stage.name}, so it cannot be deleted. Move it on by a stage change first.")
    if was_in_production:
        raise Protected(f"{version.name} was in production, so it is kept for good. Archive it instead.")
    check_unlocked(version, role, "it was not deleted")
