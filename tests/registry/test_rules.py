"""What may be done to models and versions: pure rules, tried with rows that no database has."""

from datetime import UTC, datetime
from itertools import product

import pytest

from accounts.errors import Forbidden
from accounts.models import Role
from activity.errors import DomainError
from registry.errors import ModelArchived, PreconditionFailed, Protected, VersionLocked
from registry.lifecycle import PRESETS
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.rules import (
    check_content_edit,
    check_deletable,
    check_lock_change,
    check_not_archived,
    check_revision,
    check_unlocked,
    lock_binds,
)

OPEN, REDACT, CLOSED = ModelVersion.Lock
VIEWER, EDITOR, ADMIN = Role
STAGES = {spec.key: Stage(key=spec.key, name=spec.name, kind=spec.kind, protected=spec.protected) for spec in PRESETS["verta"]}
ARTIFACT, MEASURED = {"artifact_uri", "artifact_digest"}, {"metrics", "parameters", "attributes"}
FREE = {"name", "description", "labels", "run_url"}


def version(lock=OPEN) -> ModelVersion:
    return ModelVersion(name="v1", lock_level=lock)


def outcome(check, *arguments) -> type[DomainError] | None:
    try:
        check(*arguments)
    except DomainError as refused:
        return type(refused)
    return None


LOCK_BINDS = {
    (OPEN, EDITOR): False, (OPEN, ADMIN): False,
    (REDACT, EDITOR): True, (REDACT, ADMIN): False,
    (CLOSED, EDITOR): True, (CLOSED, ADMIN): True,
}  # fmt: skip


@pytest.mark.parametrize(("lock", "role"), LOCK_BINDS)
def test_a_closed_lock_binds_everybody_and_redact_everybody_but_admins(lock, role):
    binds = LOCK_BINDS[lock, role]
    assert lock_binds(version(lock), role) is binds
    assert outcome(check_unlocked, version(lock), role, "it stays") is (VersionLocked if binds else None)


@pytest.mark.parametrize(
    ("lock", "role", "field"), list(product([OPEN, REDACT, CLOSED], [EDITOR, ADMIN], sorted(ARTIFACT | MEASURED)))
)
def test_a_lock_that_binds_freezes_the_content(lock, role, field):
    frozen = VersionLocked if LOCK_BINDS[lock, role] else None
    assert outcome(check_content_edit, version(lock), [STAGES["development"]], {field}, role) is frozen


@pytest.mark.parametrize(("lock", "stage", "field"), list(product([OPEN, REDACT, CLOSED], STAGES, sorted(FREE))))
def test_labels_and_words_can_always_be_edited(lock, stage, field):
    assert outcome(check_content_edit, version(lock), [STAGES[stage]], {field}, EDITOR) is None


FROZEN = {"unassigned": set(), "development": set(), "staging": ARTIFACT, "production": ARTIFACT | MEASURED, "archived": set()}


@pytest.mark.parametrize(("stage", "field", "role"), list(product(FROZEN, sorted(ARTIFACT | MEASURED), [EDITOR, ADMIN])))
def test_content_follows_the_stage(stage, field, role):
    expected = Protected if field in FROZEN[stage] else None
    assert outcome(check_content_edit, version(), [STAGES[stage]], {field}, role) is expected
    assert outcome(check_content_edit, version(), [STAGES[stage]], {field, "labels"}, role) is expected


def test_a_frozen_edit_names_the_fields_in_its_way():
    with pytest.raises(Protected) as refused:
        check_content_edit(version(), [STAGES["staging"]], {"labels", "artifact_uri", "metrics"}, ADMIN)
    assert refused.value.extras == {"fields": ["artifact_uri"]}
    with pytest.raises(Protected) as refused:
        check_content_edit(version(), [STAGES["production"]], {"metrics", "attributes", "labels"}, ADMIN)
    assert refused.value.extras == {"fields": ["attributes", "metrics"]}


@pytest.mark.parametrize(
    ("before", "after", "role"), list(product([OPEN, REDACT, CLOSED], [OPEN, REDACT, CLOSED], [EDITOR, ADMIN]))
)
def test_any_editor_raises_a_lock_and_only_an_admin_lowers_it(before, after, role):
    lowered = [OPEN, REDACT, CLOSED].index(after) < [OPEN, REDACT, CLOSED].index(before)
    assert outcome(check_lock_change, version(before), after, role) is (Forbidden if lowered and role == EDITOR else None)


@pytest.mark.parametrize(("stage", "once"), list(product(STAGES, [False, True])))
def test_what_holds_a_protected_stage_or_was_in_production_is_kept(stage, once):
    kept = Protected if once or stage in ("staging", "production") else None
    assert outcome(check_deletable, version(), [STAGES[stage]], once, ADMIN) is kept


@pytest.mark.parametrize(("lock", "role"), LOCK_BINDS)
def test_a_lock_that_binds_keeps_a_version_from_being_deleted(lock, role):
    frozen = VersionLocked if LOCK_BINDS[lock, role] else None
    assert outcome(check_deletable, version(lock), [STAGES["development"]], False, role) is frozen


def test_a_stage_of_production_kind_is_kept_even_where_it_is_not_marked_as_protected():
    stage = Stage(key="live", name="Live", kind="production", protected=False)
    assert outcome(check_deletable, version(), [stage], False, ADMIN) is Protected
    assert outcome(check_content_edit, version(), [stage], {"metrics"}, ADMIN) is Protected


def test_an_archived_model_takes_nothing_new():
    assert outcome(check_not_archived, RegisteredModel(name="churn")) is None
    assert (
        outcome(check_not_archived, RegisteredModel(name="churn", archived_at=datetime(2026, 1, 1, tzinfo=UTC))) is ModelArchived
    )


def test_a_revision_that_was_read_must_still_be_there():
    assert outcome(check_revision, 3, None) is None
    assert outcome(check_revision, 3, 3) is None
    assert outcome(check_revision, 3, 2) is PreconditionFailed
