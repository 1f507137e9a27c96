"""API tokens: made, shown once, revoked."""

from datetime import timedelta

from accounts.access import authorise_own
from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from accounts.models import ApiToken, User
from accounts.secrets import digest, new_token
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record

DEFAULT_DAYS = 90
MAX_DAYS = 365


def create_token(
    *, name: str, scopes: list[Scope], by: Caller, days: int = DEFAULT_DAYS, user_id: int | None = None
) -> tuple[ApiToken, str]:
    """Make a token for oneself or for a service account that one owns; returns its row and the secret, which is not kept.

    `days` from now it ends. A token needs the scope `admin` for this, else a stolen one would outlive its end, and cannot hand on
    scopes that it lacks itself. Effects, in order: the row, activity `token.created`. Raises Invalid, Forbidden, NotFound.
    """
    authorise_own(by, Scope.ADMIN)
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(f"A token lasts 1 to {MAX_DAYS} days, so none was made. Choose a number in between.", field="days")
    if not scopes:
        raise Invalid("A token needs at least one scope, so none was made. Choose what it may do.", field="scopes")
    if missing := set(scopes) - by.scopes:
        raise Forbidden(f"This token lacks {', '.join(sorted(missing))} itself, so it cannot hand it on. Use the page instead.")
    user = _whose(by, user_id)
    secret, moment = new_token(), clock.now()
    token = ApiToken.objects.create(
        user=user,
        name=name.strip() or "token",
        prefix=secret[:8],
        digest=digest(secret),
        scopes=sorted({str(scope) for scope in scopes}),
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    record(
        "token.created",
        by=by.actor,
        on=Subject(person_id=user.pk),
        data={"token": token.pk, "scopes": token.scopes, "days": days},
    )
    return token, secret


def _whose(by: Caller, user_id: int | None) -> User:
    """The user that the token is for: the caller, or a service account of theirs; for the operator, anybody active."""
    wanted = user_id or by.person.pk
    user = User.objects.filter(pk=wanted, is_active=True).first()
    if user is None or (by.user is not None and by.user.pk not in (user.pk, user.owner_id)):
        raise NotFound("There is no such account of yours, so no token was made.")
    return user


def revoke_token(*, token_id: int, by: Caller) -> ApiToken:
    """Make a token useless from the next request on. Revoking it again changes nothing. A token needs the scope `admin` for this.

    Effects, in order: the row, activity `token.revoked`. Raises Forbidden, NotFound for somebody else's.
    """
    authorise_own(by, Scope.ADMIN)
    token = ApiToken.objects.of(by.user).select_for_update(of=("self",)).filter(pk=token_id).first()
    if token is None:
        raise NotFound("You have no such token, so nothing was changed.")
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        record("token.revoked", by=by.actor, on=Subject(person_id=token.user_id), data={"token": token.pk})
    return token
