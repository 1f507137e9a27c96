"""The only place that writes people, memberships and tokens. Every function runs inside an open `unit_of_work`."""

from accounts.services.invitations import accept_invitation, invite, withdraw_invitation
from accounts.services.members import remove_member, set_member
from accounts.services.people import (
    create_person,
    create_service_account,
    deactivate_person,
    edit_profile,
    reactivate_person,
)
from accounts.services.tokens import create_token, revoke_token

__all__ = [
    "accept_invitation",
    "create_person",
    "create_service_account",
    "create_token",
    "deactivate_person",
    "edit_profile",
    "invite",
    "reactivate_person",
    "remove_member",
    "revoke_token",
    "set_member",
    "withdraw_invitation",
]
