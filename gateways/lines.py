"""Lines of the log, for protocols that answer with them."""

from activity.filters import visible_activities
from activity.models import Activity
from gateways.call import Call


def newest_line(call: Call, verb: str, **about: int) -> Activity | None:
    """The last line with a verb about a request or a version, or by somebody."""
    return visible_activities(call.user).filter(verb=verb, **about).order_by("-pk").first()
