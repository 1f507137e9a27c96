"""A state (a stage, a status) that only transitions may set.

django-fsm's protected field guards assignment, but its own mixin for reloading lifts the guard on the *class*, for the whole process.
Here the permission to write sits on the instance, for as long as Django itself loads or cleans it.
"""

from collections.abc import Callable
from typing import Any

from django.db import models
from django_fsm import FSMField, FSMFieldDescriptor


class StateDescriptor(FSMFieldDescriptor):
    """Lets Django fill the field in while it loads a row, and nobody else."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        if instance.__dict__.get("_loading"):
            self.field.set_state(instance, value)
        else:
            super().__set__(instance, value)


class StateField(FSMField):
    """An `FSMField` whose protection survives reloading."""

    descriptor_class = StateDescriptor


class StateModel(models.Model):
    """A model with a protected `StateField`: reloading and cleaning it work, assigning to it does not."""

    class Meta:
        abstract = True

    def _unlocked(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.__dict__["_loading"] = True
        try:
            return call(*args, **kwargs)
        finally:
            self.__dict__.pop("_loading", None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Reload, the protected field included."""
        self._unlocked(super().refresh_from_db, *args, **kwargs)

    def clean_fields(self, *args: Any, **kwargs: Any) -> None:
        """Clean, which assigns every field to itself."""
        self._unlocked(super().clean_fields, *args, **kwargs)
