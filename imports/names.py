"""Names that our rules refuse, made into ones that they take."""

import re
from collections.abc import Callable

from activity.errors import Invalid
from registry.content import clean_model_name


def model_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """Return the name itself where it can be had, else a slug: `models/cv:seg` becomes `models-cv-seg`, or `models-cv-seg-2`."""
    slug = _allowed(name)
    candidate, count = slug, 1
    while is_taken(candidate):
        count += 1
        candidate = f"{slug[:240]}-{count}"
    return candidate


def _allowed(name: str) -> str:
    try:
        return clean_model_name(name)
    except Invalid:
        slug = re.sub(r"[\s/\\:?#%\x00-\x1f\x7f\ud800-\udfff]+", "-", name).strip("-.")[:250]
        return slug or "model"


def is_allowed(name: str) -> bool:
    """Whether a name can stand here as it is."""
    return _allowed(name) == name
