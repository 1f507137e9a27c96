"""Who may change what was said: plain Python, no queries. Services, pages, the API and the gateways ask the same."""

from collections.abc import Callable

from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from accounts.models import Role
from activity.errors import DomainError, NotFound
from approvals.models import Comment


def check_may_edit(comment: Comment, by: Caller, role: Role) -> None:
    """Nobody puts words into another's mouth, whatever their role. Raises NotFound, Forbidden."""
    _check_stands(comment)
    if not _is_by(comment, by):
        raise Forbidden("Only who wrote a comment edits it, so nothing was changed. You can answer with one of your own.")


def check_may_delete(comment: Comment, by: Caller, role: Role) -> None:
    """Who wrote it, or an admin. Raises NotFound, Forbidden."""
    _check_stands(comment)
    if role != Role.ADMIN and not _is_by(comment, by):
        raise Forbidden(
            "Only who wrote a comment, or an admin of the workspace, deletes it, so nothing was changed. Ask one of them."
        )


def _check_stands(comment: Comment) -> None:
    if comment.deleted_at:
        raise NotFound("This comment was deleted, so nothing was changed.")


def _is_by(comment: Comment, by: Caller) -> bool:
    return by.user is not None and by.user.pk == comment.author_id


Check = Callable[[Comment, Caller, Role], None]
ACTIONS: dict[str, Check] = {"edit": check_may_edit, "delete": check_may_delete}


def comment_actions(comment: Comment, by: Caller, role: Role) -> list[str]:
    """What somebody with this role on the model may do with a comment; who may say nothing may change nothing."""
    if not role.covers(Role.EDITOR) or Scope.WRITE not in by.scopes:
        return []
    return [action for action, check in ACTIONS.items() if not _refuses(check, comment, by, role)]


def _refuses(check: Check, comment: Comment, by: Caller, role: Role) -> bool:
    try:
        check(comment, by, role)
    except DomainError:
        return True
    return False
