"""The order of a workspace's stages."""

from django.db.models import Count

from activity.errors import Conflict
from registry.lifecycle import foremost
from registry.models import Stage, StageAssignment


def last_position(workspace_id: int) -> int:
    """The position of a workspace's last stage."""
    positions = Stage.objects.current().filter(workspace_id=workspace_id).order_by("-position").values_list("position", flat=True)
    return int(positions.first() or 0)


def put_in_order(others: list[Stage], stage: Stage, place: int) -> None:
    """Number the stages anew with this one at its place, never the first."""
    place = max(1, min(place, len(others)))
    number_anew([*others[:place], stage, *others[place:]])


def number_anew(ordered: list[Stage]) -> None:
    """Give stages the positions 0, 1, 2 …; by way of numbers that none has."""
    beyond = max(other.position for other in ordered) + len(ordered)
    for start in (beyond, 0):
        for position, row in enumerate(ordered, start):
            Stage.objects.filter(pk=row.pk).update(position=position)
    for position, row in enumerate(ordered):
        row.position = position


def check_foremost(workspace_id: int) -> None:
    """A version stands in the foremost stage that it holds, and moves by a request alone. Raises Conflict."""
    held = StageAssignment.objects.now().filter(stage__workspace_id=workspace_id)
    several = held.order_by().values("version_id").annotate(count=Count("pk")).filter(count__gt=1).values("version_id")
    holdings: dict[int, list[StageAssignment]] = {}
    for holding in held.filter(version_id__in=several).select_related("stage", "version__model"):
        holdings.setdefault(holding.version_id, []).append(holding)
    for rows in holdings.values():
        version, stages = rows[0].version, [row.stage for row in rows]
        if foremost(stages).key != version.stage:
            names = " and ".join(stage.name for stage in stages)
            raise Conflict(
                f"{version} holds {names}, and in that order would stand in another stage. Nothing was changed. Move it on first.",
                field="position",
            )
