"""Why somebody is told something: every reason once, with what its page says and what is done unless they choose otherwise."""

from dataclasses import dataclass

from notifications.models import Notice

NOW, DAILY = Notice.Mail.NOW, Notice.Mail.DIGEST


@dataclass(frozen=True)
class Reason:
    """A reason to be told. `title` and `help` stand on the page of choices; `mail` is what is done by default, beside the app."""

    code: str
    title: str
    help: str
    mail: Notice.Mail = NOW


DECIDE = Reason(
    "decide", "Your decision is asked for", "Your approval would count; or it did, and the content or the policy changed."
)
REMINDER = Reason("reminder", "A request ends soon", "One that you could decide on, or that you asked for.")
ENDED = Reason("ended", "Your request has ended", "It took effect, or was rejected, or came to another end.")
CHECK = Reason("check", "A check of your request failed", "So that it can be repaired and reported again.")
ALONE = Reason(
    "alone", "Break-glass", "Somebody put a change into effect alone that you could have approved; somebody signed yours off."
)
COMMENT = Reason("comment", "Comments", "On requests and versions that you take part in.", DAILY)
PROPOSAL = Reason("proposal", "Weaker rules", "Another admin proposed some, and you may confirm them; what became of your own.")
DELEGATION = Reason("delegation", "Standing in", "Somebody lets you decide for them, or that is over.")
WEBHOOK = Reason("webhook", "A webhook was switched off", "In a workspace that you are an admin of.")

REASONS = {reason.code: reason for reason in (DECIDE, REMINDER, ENDED, CHECK, ALONE, COMMENT, PROPOSAL, DELEGATION, WEBHOOK)}
