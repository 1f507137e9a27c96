"""Who may see what. Every door starts here, so that what one may not see is nowhere."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from activity import clock

if TYPE_CHECKING:
    from accounts.models import ApiToken, Delegation, Invitation, Membership, User, Workspace


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    """Workspaces."""

    def visible_to(self, user: "User | Any") -> "WorkspaceQuerySet":
        """Those that the user is a member of; being staff shows none."""
        return self.filter(memberships__user_id=user.pk) if user.pk else self.none()

    def with_role_of(self, user: "User | Any") -> "WorkspaceQuerySet":
        """The same, each with `my_role`."""
        return self.visible_to(user).annotate(my_role=models.F("memberships__role"))


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships."""

    def of_the_active(self) -> "MembershipQuerySet":
        """Those of active people, and of service accounts whose owner is active too."""
        return self.filter(user__is_active=True).exclude(user__owner__is_active=False)

    def who_decide(self, besides: models.Q | None = None) -> "MembershipQuerySet":
        """Those of the active who may review: editors and admins; a service account only while its owner may, too.

        `besides` names others who may, for a reason of their own.
        """
        deciding = models.Q(role__in=["editor", "admin"]) | (besides or models.Q())
        owners = self.model.objects.filter(
            deciding, workspace_id=models.OuterRef("workspace_id"), user_id=models.OuterRef("user__owner_id")
        )
        mine = self.of_the_active().filter(deciding)
        return mine.filter(models.Q(user__owner=None) | models.Exists(owners))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations."""

    def open(self) -> "InvitationQuerySet":
        """Neither accepted, nor withdrawn, nor past their date."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=clock.now())


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations."""

    def in_force(self, at: datetime | None = None) -> "DelegationQuerySet":
        """Those that hold at a moment, now unless said: begun, not over, not withdrawn, both people active."""
        moment = at or clock.now()
        return self.filter(
            withdrawn_at=None, starts_at__lte=moment, ends_at__gt=moment, delegator__is_active=True, delegate__is_active=True
        )

    def of(self, user: "User | Any") -> "DelegationQuerySet":
        """Those that the user gave or holds."""
        return self.filter(models.Q(delegator=user.pk) | models.Q(delegate=user.pk))


class TokenQuerySet(models.QuerySet["ApiToken"]):
    """API tokens."""

    def live(self, at: datetime) -> "TokenQuerySet":
        """Those that open a door at a moment: their user, and the owner of a service account, active too."""
        return self.filter(revoked_at=None, expires_at__gt=at, user__is_active=True).exclude(user__owner__is_active=False)

    def of(self, user: "User | Any") -> "TokenQuerySet":
        """Those of the user and of the service accounts that they own; without a user there are none."""
        if user is None:
            return self.none()
        return self.filter(models.Q(user=user) | models.Q(user__owner=user))
