"""What there is to say to somebody in a digest: what waits for them, what of theirs ended, what happened besides."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q

from accounts.models import User
from activity import clock
from activity.feed import feed_lines
from approvals.models import StageChangeRequest
from notifications.choices import choice_of, preference_of
from notifications.models import Mute, Notice
from notifications.reasons import DECIDE, ENDED
from notifications.targets import url_of
from registry.links import request_url
from registry.presentation import waited_text

LISTED = 20
OLDEST = timedelta(days=7)  # what could not be told for longer is not told any more


@dataclass(frozen=True)
class Entry:
    """A row of the digest: a request that waits or ended, or a line with how many others there were about the same."""

    url: str
    words: str
    waited: str = ""
    others: int = 0


@dataclass
class News:
    """What there is to say to somebody. `more`: how many requests wait beside those listed; `told`: the notices that it tells."""

    waiting: list[Entry] = field(default_factory=list)
    more: int = 0
    ended: list[Entry] = field(default_factory=list)
    lines: list[Entry] = field(default_factory=list)
    told: list[int] = field(default_factory=list)

    @property
    def worth_a_mail(self) -> bool:
        """Whether there is anything that was not mailed at once."""
        return bool(self.waiting or self.told)


def news_for(person: User) -> News:
    """What there is to say to somebody now."""
    news, preference, now = News(), preference_of(person), clock.now()
    if choice_of(preference, DECIDE.code).mail != Notice.Mail.NEVER:
        muted = Mute.objects.filter(person=person).values("change_request_id")
        waiting = StageChangeRequest.objects.awaiting(person).exclude(pk__in=muted)
        found = list(waiting.with_everything().order_by("pk")[:LISTED])
        news.waiting = [Entry(request_url(each.pk), _asked(each), waited_text(each.created_at, now)) for each in found]
        news.more = waiting.count() - len(found) if len(found) == LISTED else 0
    mine = Notice.objects.of_what_is_seen_by(person).filter(created_at__gte=now - OLDEST).select_related("activity__chain")
    untold = Q(mail=Notice.Mail.DIGEST, mailed_at=None, read_at=None)
    last = Q(reason=ENDED.code, created_at__gte=now - timedelta(days=1)) & ~Q(mail=Notice.Mail.NEVER)
    notices = list(mine.filter(untold | last).order_by("pk"))
    news.told = [each.pk for each in notices if each.mail == Notice.Mail.DIGEST and not each.mailed_at and not each.read_at]
    news.ended = _entries([each for each in notices if each.reason == ENDED.code])
    news.lines = _entries([each for each in notices if each.reason not in (ENDED.code, DECIDE.code)])
    return news


def _asked(change_request: StageChangeRequest) -> str:
    """`churn v1: Development → Staging, asked by Engineer`."""
    version, move = change_request.version, f"{change_request.from_stage.name} → {change_request.to_stage.name}"
    return f"{version.model.name} {version.name}: {move}, asked by {change_request.requester.display_name}"


def _entries(notices: list[Notice]) -> list[Entry]:
    """One entry for each thing: its last line, and how many came before it."""
    last: dict[str, Notice] = {}
    count: dict[str, int] = {}
    for notice in notices:
        last[notice.subject] = notice
        count[notice.subject] = count.get(notice.subject, 0) + 1
    lines = feed_lines(notice.activity for notice in last.values())
    return [
        Entry(url_of(line.activity), line.words, others=count[subject] - 1) for subject, line in zip(last, lines, strict=True)
    ]
