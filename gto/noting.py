"""The channel beside webhooks and mail: notes that a model's lines are to be written as tags. The worker then writes from the log."""

import logging
import time

from celery import current_app

from activity.models import Activity
from gto.models import TaggedModel, TagRepository
from gto.names import tagged_model
from gto.telling import VERBS
from registry.models import RegisteredModel

logger = logging.getLogger(__name__)
TASK = "gto.tasks.write_tags"
_PAUSE = 1.0  # seconds between hints of one process
_hinted_at = 0.0


def note_line(line: Activity) -> None:
    """Note that a line waits to be written, where its workspace has a repository. Done twice, it changes nothing the second time."""
    if line.verb not in VERBS or not line.model_id or not line.workspace_id:
        return
    repository = TagRepository.objects.filter(workspace_id=line.workspace_id, enabled=True).first()
    if repository is None:
        return
    tagged = tagged_model(repository, RegisteredModel.objects.get(pk=line.model_id))
    TaggedModel.objects.filter(pk=tagged.pk, due_seq__lt=line.seq).update(due_seq=line.seq)
    hint()


def hint() -> None:
    """Ask the worker to write, at most once a second; the clock does so as well. A dead broker is logged."""
    global _hinted_at
    if time.monotonic() - _hinted_at < _PAUSE:
        return
    _hinted_at = time.monotonic()
    try:
        current_app.send_task(TASK, expires=30, retry=False, countdown=0.5)
    except Exception as error:  # noqa: BLE001 - whatever the transport raises, the clock sends the same hint
        logger.warning("The broker cannot be reached, the clock will have the tags written instead: %s", error)
