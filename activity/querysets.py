"""Which lines of the log one may see."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from activity.models import Activity


def visible_activities(user: Any) -> QuerySet[Activity]:
    """The lines of the user's workspaces, also of what was deleted since; of the site's lines those by them or about them.

    Staff, who set up people, see all that was done to people. Nobody sees the workspaces of others. Asked of each line by itself: with
    `IN`, SQLite would collect and sort all lines of a workspace for one page.
    """
    site = Q(actor_id=user.pk) | Q(person_id=user.pk)
    if user.is_staff:
        site |= Q(verb__startswith="person.")
    mine = Exists(user.memberships.filter(workspace_id=OuterRef("workspace_id")))
    return Activity.objects.filter(mine | Q(site, workspace_id=None))
