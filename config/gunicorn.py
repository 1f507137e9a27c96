"""How the web server runs, on one machine and in containers: `gunicorn -c python:config.gunicorn config.wsgi`."""

import os
import shutil
import tempfile
from typing import Any

from config.logs import logging_config

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
reuse_port = True  # without it one worker gets nearly all keep-alive connections
control_socket_disable = True
graceful_timeout = 10
loglevel = "warning"
_embedded = not {"DATABASE_URL", "DATABASE_URL_FILE"} & {name for name, value in os.environ.items() if value}
# Its own words look like the application's, which notes each request itself.
logconfig_dict = logging_config(os.environ.get("LOG_FORMAT", "line" if _embedded else "json"), "WARNING", access=False)


def on_starting(server: Any) -> None:
    """Give the processes a new folder to measure into: what others measured before is not theirs."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="stageward-metrics-")


def child_exit(server: Any, worker: Any) -> None:
    """What a process measured goes on counting; what it was doing does not."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - looks for the folder when it is imported

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
