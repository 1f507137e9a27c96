"""A hint to the worker that an import waits. Only a hint: the clock finds what a lost one left."""

import logging

from celery import current_app

logger = logging.getLogger(__name__)
TASK = "imports.tasks.run_imports"


def hint() -> None:
    """Ask the worker to look. Runs after commit; a dead broker is logged and never reaches the person."""
    try:
        current_app.send_task(TASK, expires=60, retry=False)
    except Exception as error:  # noqa: BLE001 - whatever the transport raises, the change has been committed
        logger.warning("The broker cannot be reached, the clock will start the import instead: %s", error)
