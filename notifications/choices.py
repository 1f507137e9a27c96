"""What somebody wants to hear of, and how: the defaults of `notifications.reasons`, and what they chose instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from django.core.signing import BadSignature, Signer

from accounts.caller import Caller
from accounts.models import User
from activity import clock
from activity.errors import Invalid, NotFound
from activity.unit import require_unit
from approvals.models import StageChangeRequest
from notifications.models import Mute, Notice, Preference
from notifications.reasons import REASONS

DIGEST = "digest"  # what a link in the digest unsubscribes from
_signer = Signer(salt="stageward.unsubscribe")


@dataclass(frozen=True)
class Choice:
    """What is done for one reason: shown in the app or not, mailed or not."""

    app: bool
    mail: Notice.Mail


def choice_of(preference: Preference | None, code: str) -> Choice:
    """Return what somebody chose for a reason, the default where they chose nothing."""
    chosen = preference.choices.get(code, {}) if preference else {}
    return Choice(chosen.get("app", True), Notice.Mail(chosen.get("mail", REASONS[code].mail)))


def zone_of(preference: Preference | None) -> ZoneInfo:
    """The zone in which somebody's day begins."""
    return ZoneInfo(preference.time_zone if preference else "UTC")


def preference_of(person: User) -> Preference:
    """Return somebody's preference, unsaved when they never chose."""
    return Preference.objects.filter(person=person).first() or Preference(person=person)


def preferences_of(people: Iterable[int]) -> dict[int, Preference]:
    """Return the preferences of these people who have some; one query."""
    return {row.person_id: row for row in Preference.objects.filter(person__in=list(people))}


def choose(*, choices: dict[str, Choice], digest: bool, digest_at: time, time_zone: str, by: Caller) -> Preference:
    """Keep what somebody wants to hear of. Only what differs from the defaults is kept. Raises Invalid for an unknown zone."""
    if time_zone not in available_timezones():
        raise Invalid(
            f"There is no time zone “{time_zone}”, so nothing was saved. Write one as Europe/Berlin.", field="time_zone"
        )
    preference = _locked(by.person)
    preference.choices = {
        code: {"app": choice.app, "mail": str(choice.mail)} for code, choice in choices.items() if choice != choice_of(None, code)
    }
    preference.digest, preference.digest_at, preference.time_zone = digest, digest_at, time_zone
    preference.save()
    return preference


def _locked(person: User) -> Preference:
    require_unit()
    Preference.objects.bulk_create([Preference(person=person)], ignore_conflicts=True)
    return Preference.objects.select_for_update().get(person=person)


def mute(*, change_request_id: int, by: Caller) -> None:
    """Hear no more of a request. What was told before is read with that."""
    require_unit()
    change_request = StageChangeRequest.objects.visible_to(by.person).filter(pk=change_request_id).first()
    if change_request is None:
        raise NotFound(f"There is no stage change request {change_request_id} that you may see. Check the number.")
    Mute.objects.bulk_create(
        [Mute(person=by.person, change_request=change_request, created_at=clock.now())], ignore_conflicts=True
    )


def unmute(*, change_request_id: int, by: Caller) -> None:
    """Hear of a request again."""
    require_unit()
    Mute.objects.filter(person=by.person, change_request=change_request_id).delete()


def unsubscribe_token(person: User, code: str) -> str:
    """Return what the link in a mail to this person holds: it ends mails for one reason, or the digest, and opens nothing else."""
    return _signer.sign(f"{person.pk}.{code}")


def read_token(token: str) -> tuple[User, str]:
    """Return whose link it is and what it ends. Raises NotFound for one that we did not make."""
    try:
        pk, _, code = _signer.unsign(token).partition(".")
    except BadSignature:
        pk, code = "0", ""
    person = User.objects.filter(pk=int(pk)).first()
    if person is None or code not in (*REASONS, DIGEST):
        raise NotFound(
            "This link is not whole, so nothing was changed. Open it from the mail again, or sign in and choose there."
        )
    return person, code


def unsubscribe(*, token: str) -> tuple[User, str]:
    """End mails for what the link is about; the app goes on showing it. Done twice, nothing more happens. Raises NotFound."""
    person, code = read_token(token)
    preference = _locked(person)
    if code == DIGEST:
        preference.digest = False
    else:
        preference.choices[code] = {"app": choice_of(preference, code).app, "mail": str(Notice.Mail.NEVER)}
    preference.save()
    return person, code
