"""People and service accounts: made, edited, let go."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError

from accounts.access import authorise, authorise_own, authorise_staff
from accounts.caller import Caller, Scope
from accounts.models import ApiToken, Membership, Role, User
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record


def create_person(
    *,
    username: str,
    by: Caller,
    email: str = "",
    name: str = "",
    password: str | None = None,
    is_staff: bool = False,
    is_demo: bool = False,
) -> User:
    """Make somebody who can sign in once a password is set.

    Effects, in order: the user row, activity `person.created`. Raises Forbidden, Invalid, Conflict.
    """
    authorise_staff(by)
    user = new_user(username=username, email=email, name=name, password=password)
    user.is_staff, user.is_demo = is_staff, is_demo
    user.save()
    record("person.created", by=by.actor, on=Subject(person_id=user.pk), data={"username": username, "staff": is_staff})
    return user


def new_user(*, username: str, email: str, name: str, password: str | None) -> User:
    """Return a checked, unsaved person. Raises Invalid or Conflict."""
    user = User(username=username, name=name, email=User.objects.normalize_email(email), date_joined=clock.now())
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict(
            f"There is somebody called “{username}” already, so nobody was added. Choose another user name.", field="username"
        )
    if email and User.objects.filter(email__iexact=email).exists():
        raise Conflict(f"Somebody has the address {email} already, so nobody was added. Invite them by that name.", field="email")
    try:
        user.clean_fields(exclude=["password", "owner"])
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        field = next(iter(error.message_dict)) if hasattr(error, "error_dict") else "password"
        raise Invalid(" ".join(error.messages), field=field) from error
    user.set_password(password)
    return user


def create_service_account(*, username: str, workspace_id: int, role: Role, by: Caller, name: str = "") -> User:
    """Make an account for a machine, owned by the caller and counting as them in every decision.

    Effects, in order: the user row, its membership, activity `service_account.created`. Raises Forbidden, Invalid, Conflict.
    """
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    user = new_user(username=username, email="", name=name, password=None)
    user.kind, user.owner_id = User.Kind.SERVICE, by.person.principal_id
    user.save()
    Membership.objects.create(
        workspace_id=workspace_id, user=user, role=role, given_by_principal_id=by.principal_id, given_at=clock.now()
    )
    record(
        "service_account.created",
        by=by.actor,
        on=Subject(workspace_id=workspace_id, person_id=user.pk),
        data={"username": username, "role": str(role), "owner": by.principal_id},
    )
    return user


def edit_profile(*, by: Caller, name: str, email: str) -> User:
    """Change one's own name and address. A token needs the scope `admin`: whoever has the mailbox can set the password.

    Effects, in order: the user row, activity `person.edited` (which fields, never their content). Raises Forbidden, Conflict.
    """
    authorise_own(by, Scope.ADMIN)
    user = User.objects.select_for_update().get(pk=by.person.pk)
    changed = [field for field, value in (("name", name), ("email", email)) if getattr(user, field) != value]
    if email and User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        raise Conflict(f"Somebody else has the address {email}, so nothing was changed. Use another.", field="email")
    if changed:
        user.name, user.email = name, email
        user.save(update_fields=changed)
        record("person.edited", by=by.actor, on=Subject(person_id=user.pk), data={"fields": changed})
    return user


def deactivate_person(*, user_id: int, by: Caller) -> User:
    """Let somebody go, at once.

    Effects, in order: the user row, their sessions ended, their tokens and those of their service accounts revoked, activity
    `person.deactivated`. Their votes on open requests stop counting (a vote counts only while its author may vote); their own
    requests stay and can be rejected. Raises Forbidden, NotFound, Conflict for oneself.
    """
    authorise_staff(by)
    user = _locked(user_id)
    if by.user and user.pk == by.user.pk:
        raise Conflict("You cannot deactivate yourself, so nothing was changed. Ask somebody else on the staff.")
    if user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=False)
        _end_sessions(user)
        revoked = ApiToken.objects.of(user).filter(revoked_at=None).update(revoked_at=clock.now())
        record("person.deactivated", by=by.actor, on=Subject(person_id=user.pk), data={"tokens_revoked": revoked})
    return User.objects.get(pk=user.pk)


def reactivate_person(*, user_id: int, by: Caller) -> User:
    """Let somebody back in; their tokens stay revoked. Effects: the user row, activity `person.reactivated`."""
    authorise_staff(by)
    user = _locked(user_id)
    if not user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=True)
        record("person.reactivated", by=by.actor, on=Subject(person_id=user.pk))
    return User.objects.get(pk=user.pk)


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is nobody with this id.")
    return user


def _end_sessions(user: User) -> None:
    """Delete the sessions of a person; Django keeps no index by user, and the session itself is refused anyway."""
    for session in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
