"""How far the log of a model has come: what a page that keeps itself up to date compares, for one query and nothing drawn."""

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat

from activity.models import Chain
from registry.models import RegisteredModel
from registry.querysets import ModelQuerySet


def mark_of(models: ModelQuerySet) -> str:
    """The places that the chains of this model and of its workspace have reached, `17.4`; nothing when there is no such model.

    A chain's head is locked by whoever adds to it, so the mark moves with every change that is committed, and by nothing else. Read it
    before what it stands for.
    """
    places = models.annotate(
        of_model=_seq("model:", OuterRef("pk")), of_workspace=_seq("workspace:", OuterRef("workspace_id"))
    ).values_list("of_model", "of_workspace")
    return ".".join(str(seq or 0) for place in places.order_by("pk")[:1] for seq in place)


def mark_of_model(ws: str, name: str) -> str:
    """The mark of the model that an address names."""
    return mark_of(RegisteredModel.objects.filter(workspace__slug=ws, name=name, deleted_at=None))


def _seq(kind: str, pk: F) -> Subquery:
    return Subquery(Chain.objects.filter(key=Concat(Value(kind), Cast(pk, CharField()))).values("seq")[:1])
