"""Keeping the repositories in step: what is due is written, then pushed, each with retries of its own."""

import logging
from datetime import timedelta

from django.db.models import F

from activity import clock
from activity.models import Chain
from activity.unit import unit_of_work
from gto.git import GitFailed, git
from gto.models import TaggedModel, TagRepository
from gto.names import tagged_model
from gto.pushing import push
from gto.writing import folder_of, locked, write
from notifications.guard import Refused
from notifications.signing import SecretLost
from registry.models import RegisteredModel

logger = logging.getLogger(__name__)

RETRY_AFTER = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)]
CHUNK = 200
FAILURES = (GitFailed, Refused, SecretLost, OSError)


def keep() -> int:
    """Write and push what is due; how many tags were written. Two at once do not meet: each repository has a lock."""
    written = 0
    for repository in TagRepository.objects.filter(enabled=True, enrolled=False).select_related("workspace"):
        _enrol(repository)
    for repository in TagRepository.objects.to_write(clock.now()).select_related("workspace"):
        written += _write(repository)
    for repository in TagRepository.objects.to_push(clock.now()).select_related("workspace"):
        _push(repository)
    return written


def _enrol(repository: TagRepository) -> None:
    """Note of every model of the workspace how far its lines go; for a repository that was just switched on."""
    ids = list(RegisteredModel.objects.filter(workspace=repository.workspace_id).order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(ids), CHUNK):
        with unit_of_work():
            heads = dict(Chain.objects.filter(key__in=[f"model:{pk}" for pk in ids[at : at + CHUNK]]).values_list("key", "seq"))
            for model in RegisteredModel.objects.filter(pk__in=ids[at : at + CHUNK]).order_by("pk"):
                tagged, head = tagged_model(repository, model), heads.get(f"model:{model.pk}", 0)
                TaggedModel.objects.filter(pk=tagged.pk, due_seq__lt=head).update(due_seq=head)
    TagRepository.objects.filter(pk=repository.pk).update(enrolled=True)


def _write(repository: TagRepository) -> int:
    folder = folder_of(repository)
    with locked(folder) as mine:
        if not mine:
            return 0
        try:
            written = write(repository)
            tags = len(git(["for-each-ref", "--format=x", "refs/tags"], folder=folder).split())
        except FAILURES as failed:
            _note_failure(repository, "write", failed)
            return 0
    rows = TagRepository.objects.filter(pk=repository.pk)
    rows.update(written_at=clock.now(), write_error="", write_failures=0, next_write_at=None, tags=tags)
    rows.exclude(remote="").filter(push_failures=0).update(next_push_at=clock.now())
    return written


def _push(repository: TagRepository) -> None:
    folder = folder_of(repository)
    with locked(folder) as mine:
        if not mine or not (folder / "HEAD").exists():
            return
        moment = clock.now()
        try:
            push(repository, folder)
        except FAILURES as failed:
            _note_failure(repository, "push", failed)
            return
    rows = TagRepository.objects.filter(pk=repository.pk)
    rows.update(pushed_at=moment, push_error="", push_failures=0)
    rows.filter(next_push_at__lte=moment).update(next_push_at=None)


def _note_failure(repository: TagRepository, what: str, failed: Exception) -> None:
    failures = getattr(repository, f"{what}_failures")
    wait = RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)]
    logger.warning("%s could not %s: %s", repository, what, failed)
    TagRepository.objects.filter(pk=repository.pk).update(
        **{
            f"{what}_error": str(failed)[:2000],
            f"{what}_failures": F(f"{what}_failures") + 1,
            f"next_{what}_at": clock.now() + wait,
        }
    )
