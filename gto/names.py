"""What models and versions are called in GTO: as they are where GTO takes the name, else something like it. Decided once, kept for good."""

import re

from django.db import models

from gto.models import TaggedModel, TaggedVersion, TagRepository
from gto.tags import NAME, VERSION
from imports.models import Imported
from registry.models import ModelVersion, RegisteredModel

_REFUSED_BY_GIT = re.compile(r"//|\.\.|\.lock(?:[/:]|$)|(?:^|/)\.|/$|^/|@\{|\.(?:[/:]|$)")

_PLAIN = re.compile(r"[A-Za-z0-9._/:-]+")


def takes(name: str) -> bool:
    """Whether GTO and git both take a model's name."""
    return (
        len(name) <= 200
        and _PLAIN.fullmatch(name) is not None
        and NAME.fullmatch(name) is not None
        and not _REFUSED_BY_GIT.search(name)
    )


def tagged_model(repository: TagRepository, model: RegisteredModel) -> TaggedModel:
    """Return the row of a model, made on first use: by its name there where it was imported from GTO, else by its own."""
    known = TaggedModel.objects.filter(model=model).first()
    if known:
        return known
    imported = Imported.objects.filter(kind="gto", thing=Imported.Thing.MODEL, model=model).first()
    wanted = imported.name if imported and takes(imported.name) else model.name
    if not takes(wanted):
        wanted = re.sub(r"[^A-Za-z0-9_-]+", "-", model.name)[:180].strip("-_") or "model"
    row = TaggedModel(repository=repository, model=model, name=_free(wanted, repository.models.all()))
    TaggedModel.objects.bulk_create([row], ignore_conflicts=True)  # another worker may note the same line just now
    return TaggedModel.objects.get(model=model)


def tagged_version(tagged: TaggedModel, version: ModelVersion) -> TaggedVersion:
    """Return the row of a version, made on first use. A model's versions are all called by name, or all by number."""
    known = TaggedVersion.objects.filter(version=version).first()
    if known:
        return known
    own = _as_version(version.name)
    if tagged.by_number is None:
        tagged.by_number = not own
        tagged.save(update_fields=["by_number"])
    wanted = own if own and not tagged.by_number else f"v{version.number}.0.0"
    name = _free(wanted, tagged.versions.all())
    return TaggedVersion.objects.create(model=tagged, version=version, name=name)


def _as_version(name: str) -> str:
    return next((each for each in (name, f"v{name}") if VERSION.fullmatch(each)), "")


def _free(wanted: str, rows: models.QuerySet[TaggedModel] | models.QuerySet[TaggedVersion]) -> str:
    name, count = wanted, 1
    while rows.filter(name=name).exists():
        count += 1
        name = f"{wanted}-{count}"
    return name
