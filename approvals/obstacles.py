"""What stands in the way of a move, whoever decides: a lock, a move meanwhile, a jump that the policy does not allow."""

from collections.abc import Iterable

from activity.errors import DomainError
from approvals.eligibility import Situation
from approvals.errors import CommentRequired, SkipForbidden, StaleRequest
from approvals.models import StagePolicy
from registry.errors import VersionLocked
from registry.incumbents import Incumbent
from registry.models import ModelVersion


def check_still_there(situation: Situation) -> None:
    """The version must stand where the request says. Raises StaleRequest."""
    version, change_request = situation.version, situation.change_request
    if version.stage != change_request.from_stage.key:
        raise StaleRequest(
            f"{version.name} is no longer in {change_request.from_stage.name}, so nothing was done. Revoke this request and ask again.",
            stage=version.stage,
        )


def check_not_locked(version: ModelVersion) -> None:
    """A locked version stays where it is, and a request for it waits (rule 7). Raises VersionLocked."""
    if version.lock_level != ModelVersion.Lock.OPEN:
        raise VersionLocked(
            f"{version.name} is locked ({version.lock_level}), so its stage stays. An admin can lower the lock.",
            lock_level=version.lock_level,
        )


def check_incumbents_not_locked(incumbents: Iterable[Incumbent]) -> None:
    """Who must make room changes stage too, which a lock forbids. Raises VersionLocked."""
    for incumbent in incumbents:
        version = incumbent.version
        if version.lock_level != ModelVersion.Lock.OPEN:
            raise VersionLocked(
                f"{version.name} holds {incumbent.leaves.name} and is locked ({version.lock_level}), so it cannot make room. An admin"
                " can lower the lock.",
                lock_level=version.lock_level,
            )


def check_skip(situation: Situation) -> None:
    """What the policy says of moves that skip stages. Raises SkipForbidden, CommentRequired."""
    change_request, rule = situation.change_request, situation.policy.skip_rule
    if not change_request.skipped_stages:
        return
    skipped, to = ", ".join(change_request.skipped_stages), change_request.to_stage.name
    if rule == StagePolicy.SkipRule.FORBID:
        raise SkipForbidden(
            f"Moves into {to} may not skip stages, and this one skips {skipped}, so nothing was done. Ask for the next stage first.",
            skipped_stages=change_request.skipped_stages,
        )
    if rule == StagePolicy.SkipRule.COMMENT and not change_request.comment.strip():
        raise CommentRequired(
            f"This move skips {skipped}, and a request that skips stages on the way to {to} says why, so nothing was done. Ask with a"
            " comment.",
            field="comment",
        )


def skips_too_much(situation: Situation) -> bool:
    """Whether the policy, as it is now, does not allow the jump."""
    try:
        check_skip(situation)
    except DomainError:
        return True
    return False
