"""The find language (Verta's): `stage == staging and metrics.auc >= 0.88`. Text to terms, terms to a condition."""

from collections.abc import Iterable

from django.db.models import Q

from registry.models import Stage
from registry.search.compiler import condition, condition_on_models
from registry.search.parser import parse
from registry.search.terms import KEYS, OPERATORS, SearchError, Term

__all__ = ["KEYS", "OPERATORS", "SearchError", "Term", "condition", "condition_on_models", "find", "parse"]


def find(text: str, stages: Iterable[Stage]) -> Q:
    """Return the condition on `ModelVersion` that a query says; an empty query says nothing.

    `stages` are those of the workspace, read only when the query names a stage. Raises SearchError with the column (from 1) where it
    went wrong and what was expected there.
    """
    return condition(parse(text), stages)
