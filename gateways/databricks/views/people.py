"""Who calls."""

from gateways.call import Call
from gateways.protocol import Json


def me(call: Call) -> Json:
    """Tell whose token it is: the name that requests and comments have as `user_id`, and cancelling as `creator`."""
    person = call.user
    emails = [{"value": person.email, "type": "work", "primary": True}] if person.email else []
    return {
        "id": str(person.pk),
        "userName": person.username,
        "displayName": person.display_name,
        "active": person.is_active,
        "emails": emails,
    }
