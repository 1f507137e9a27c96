"""The only place that writes people, memberships and tokens. Every function runs inside an open `unit_of_work`."""

from accounts.services.delegations import delegate_decisions, withdraw_delegation
from accounts.services.groups import add_to_group, create_group, remove_from_group, rename_group
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
    "add_to_group",
    "create_group",
    "create_person",
    "create_service_account",
    "create_token",
    "deactivate_person",
    "delegate_decisions",
    "edit_profile",
    "invite",
    "reactivate_person",
    "remove_from_group",
    "remove_member",
    "rename_group",
    "revoke_token",
    "set_member",
    "withdraw_delegation",
    "withdraw_invitation",
]
