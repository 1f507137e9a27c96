"""Why a request stands in somebody's list: one place for every reason that a row can have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from accounts.caller import Caller
from accounts.models import Role, User
from accounts.rules import ARTICLE
from approvals.differences import changed_since
from approvals.eligibility import Situation, groups_of
from approvals.models import Review
from approvals.outlook import voices
from approvals.requirements import eligible, still_missing

NAMED = 3


@dataclass(frozen=True)
class Reason:
    """What brought a row into a list.

    `text` goes before `people` and `since`; with `waiting` it goes on since then. `url` leads to what changed; `comment` is one's own.
    """

    text: str
    people: tuple[User, ...] = ()
    since: datetime | None = None
    url: str = ""
    comment: str = ""
    waiting: bool = False


def why_mine(situations: Iterable[Situation], user: User) -> dict[int, Reason]:
    """Return, for each request that waits for this person, why it does; by its number.

    One query, and none when no vote of theirs went stale.
    """
    listed = list(situations)
    last = {situation.change_request.pk: _own(situation, user)[-1] for situation in listed if _own(situation, user)}
    stale = {pk: review.digest for pk, review in last.items() if not review.withdrawn_at}
    changed = changed_since((situation, stale[pk]) for situation in listed if (pk := situation.change_request.pk) in stale)
    reasons = {}
    for situation in listed:
        pk = situation.change_request.pk
        review = last.get(pk)
        if review is None:
            reasons[pk] = Reason(_asked_of(situation, user))
        elif review.withdrawn_at:
            reasons[pk] = Reason("you withdrew your approval", since=review.withdrawn_at)
        else:
            reasons[pk] = _stale(pk, review, changed.get(pk))
    return reasons


def _own(situation: Situation, user: User) -> list[Review]:
    return [review for review in situation.reviews if review.principal_id == user.principal_id]


def _asked_of(situation: Situation, user: User) -> str:
    """By what power the person was asked: as one of a group, for somebody away, or as any editor."""
    return power_of(situation, user) or _any_editor(situation, user)


def power_of(situation: Situation, user: User) -> str:
    """As what somebody's approval counts: as that of a group's member or of a delegate; nothing where anybody's would."""
    first, *_ = [*voices(situation, Caller(user, "page")), None]
    if first and (groups := sorted(groups_of(situation, first.seat) & situation.need.groups.keys())):
        member_of = f"member of {' and '.join(groups)}"
    else:
        member_of = ""
    if first and first.delegation:
        away, until = first.delegation.delegator.display_name, f"{first.delegation.ends_at:%-d %B}"
        return f"delegate of {away}{f', {member_of},' if member_of else ''} until {until}"
    return member_of


def _any_editor(situation: Situation, user: User) -> str:
    title = situation.version.model.workspace.title
    member = situation.members.get(user.pk)
    if member and member.role == Role.VIEWER:
        return f"asked of any editor of {situation.version.model.name}, and you are one as its collaborator"
    return f"asked of any editor of {title}" + (
        f"; you are {ARTICLE[Role.ADMIN]}" if member and member.role == Role.ADMIN else ""
    )


def _stale(pk: int, review: Review, names: list[str] | None) -> Reason:
    """The person approved, and what they approved is no longer what stands there."""
    what = "the content or the policy" if not names else ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if names and len(names) > NAMED else ""
    url = f"{reverse('request-approve', args=[pk])}?{urlencode({'digest': review.digest})}"
    return Reason(f"you approved, then {what}{more} changed: your approval no longer counts", url=url)


def waits_on(situation: Situation, user: User) -> Reason:
    """On whom a request waits, and since when: since it was asked, or since the last approval that counts."""
    since = max([situation.change_request.created_at, *(review.created_at for review in situation.given)])
    people = sorted({member.user for member in eligible(situation)}, key=lambda person: person.display_name.casefold())
    if not situation.missing:
        return Reason(f"has the approvals it needs, waits for {still_missing(situation)}", since=since, waiting=True)
    if not people:
        return Reason("nobody may approve it: an admin can add an editor", since=since, waiting=True)
    if len(people) <= NAMED:
        return Reason("waits on", people=tuple(people), since=since, waiting=True)
    others = len(people) - (user in people)
    return Reason(
        f"waits on {f'you or {others} others' if user in people else f'one of {others} people'}", since=since, waiting=True
    )


def alone(situation: Situation) -> Reason:
    """Why a change is to be reviewed: somebody put it into effect without the others."""
    ended = situation.change_request
    who = (ended.decided_by,) if ended.decided_by else ()
    return Reason("put into effect alone by", people=who, since=ended.decided_at, comment=ended.closing_comment)


def my_decision(situation: Situation, user: User) -> Reason:
    """What somebody decided, themselves or by an account of theirs; the last time, when they did several times."""
    review = _own(situation, user)[-1]
    who = "you" if review.reviewer_id == user.pk else f"{review.reviewer.display_name}, which is yours,"
    text = f"{who} {'approved' if review.decision == Review.Decision.APPROVE else 'rejected'}"
    text += f" for {review.on_behalf_of.display_name}" if review.on_behalf_of else ""
    if review.withdrawn_at:
        return Reason(f"{text}, then withdrew", since=review.withdrawn_at, comment=review.comment)
    if situation.change_request.is_pending and review.digest != situation.digest:
        text += ", which no longer counts: the content or the policy changed,"
    return Reason(text, since=review.created_at, comment=review.comment)
