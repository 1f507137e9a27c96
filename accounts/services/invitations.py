"""Invitations: how somebody new becomes a member."""

import secrets
from datetime import timedelta

from accounts.access import authorise, authorise_own
from accounts.caller import Caller, Scope
from accounts.errors import InvitationGone
from accounts.models import Invitation, Membership, Role, User
from accounts.secrets import digest
from accounts.services.people import new_user
from activity import clock
from activity.errors import Conflict, NotFound
from activity.log import Subject, record
from activity.unit import require_unit

VALID_FOR = timedelta(days=7)


def invite(*, workspace_id: int, email: str, role: Role, by: Caller) -> tuple[Invitation, str]:
    """Invite somebody by mail; returns the invitation and the secret of its link, which is not kept.

    Effects, in order: the invitation (an older open one to the same address is withdrawn), activity `member.invited`. The mail is
    sent by the door after commit. Raises Forbidden, Conflict.
    """
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    if Membership.objects.filter(workspace_id=workspace_id, user__email__iexact=email).exists():
        raise Conflict(f"{email} is a member already, so nobody was invited. Change their role in the list.", field="email")
    moment = clock.now()
    Invitation.objects.open().filter(workspace_id=workspace_id, email__iexact=email).update(withdrawn_at=moment)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        workspace_id=workspace_id,
        email=email,
        role=role,
        digest=digest(secret),
        invited_by=by.person,
        created_at=moment,
        expires_at=moment + VALID_FOR,
    )
    record(
        "member.invited",
        by=by.actor,
        on=Subject(workspace_id=workspace_id),
        data={"invitation": invitation.pk, "role": str(role)},
    )
    return invitation, secret


def withdraw_invitation(*, invitation_id: int, by: Caller) -> None:
    """Make an invitation's link useless. Effects: the invitation, activity `member.invitation_withdrawn`."""
    require_unit()
    invitation = Invitation.objects.open().select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("There is no such open invitation; it may have been accepted just now.")
    authorise(by, invitation.workspace_id, Role.ADMIN, Scope.ADMIN)
    invitation.withdrawn_at = clock.now()
    invitation.save(update_fields=["withdrawn_at"])
    record(
        "member.invitation_withdrawn",
        by=by.actor,
        on=Subject(workspace_id=invitation.workspace_id),
        data={"invitation": invitation.pk},
    )


def accept_invitation(*, secret: str, by: Caller, username: str = "", name: str = "", password: str | None = None) -> User:
    """Join the workspace: as the signed-in user, or as somebody new with a user name and a password.

    Effects, in order: the user row when new, the membership, the invitation closed, activity `member.joined` (one line: that somebody
    joined says that they are). Raises InvitationGone, Forbidden for a token without the scope `admin`, Invalid, Conflict.
    """
    authorise_own(by, Scope.ADMIN)
    invitation = Invitation.objects.open().select_for_update().filter(digest=digest(secret)).first()
    if invitation is None:
        raise InvitationGone("This invitation was used, withdrawn, or is older than 7 days. Ask for a new one.")
    user = by.user
    if user is None:
        user = new_user(username=username, email=invitation.email, name=name, password=password)
        user.save()
    if Membership.objects.filter(workspace_id=invitation.workspace_id, user=user).exists():
        raise Conflict("You are a member of this workspace already, so nothing was changed.")
    invited_by = invitation.invited_by.principal_id
    Membership.objects.create(
        workspace_id=invitation.workspace_id,
        user=user,
        role=invitation.role,
        given_by_principal_id=invited_by,
        given_at=clock.now(),
    )
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    joined = Caller(user=user, via=by.via, token=by.token, scopes=by.scopes)
    record(
        "member.joined",
        by=joined.actor,
        on=Subject(workspace_id=invitation.workspace_id, person_id=user.pk),
        data={"invitation": invitation.pk, "role": invitation.role, "invited_by": invited_by},
    )
    return user
