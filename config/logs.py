"""How the processes write their logs: as lines for a person or as JSON for a machine, each with the request that led to it.

No line holds a token, a password, a query string or the address of an invitation: addresses are named by their pattern.
"""

import logging
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
# Addresses whose path is a secret by itself.
SECRET = {"invitation", "account_reset_password_from_key"}
FORMATS = {"line": "%(asctime)s %(levelname)s %(name)s %(message)s", "json": "%(levelname)s %(name)s %(message)s"}


class InContext(logging.Filter):
    """Adds the request's id to each record, and takes from it what Django hangs on it: the request itself, with its whole address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        record.request_id = getattr(record, "request_id", "") or request_id.get() or None
        if request := record.__dict__.pop("request", None):
            path = getattr(request, "path", "")
            if isinstance(record.args, tuple):
                record.args = tuple(path_of(request) if path and arg == path else arg for arg in record.args)
        return True


def path_of(request: Any) -> str:
    """The path of a request as it may be written down: its pattern where the path is a secret, or leads nowhere."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "an unknown address"
    return route_of(request) if match.view_name in SECRET else str(request.path)


def route_of(request: Any) -> str:
    """The pattern of a request's address, `requests/<int:pk>`; nothing for one that leads nowhere."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else ""


def logging_config(form: str, level: str, access: bool) -> dict[str, Any]:
    """Return the configuration of `logging` for web server, worker and clock alike. Raises KeyError for another form."""
    json: dict[str, Any] = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": FORMATS["json"],
        "timestamp": "time",
        "rename_fields": {"levelname": "level", "name": "logger"},
    }
    formatter = {"line": {"format": FORMATS["line"]}, "json": json}[form]
    quiet = ("kombu", "celery.beat", "celery.app.trace", "celery.worker.strategy")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "config.logs.InContext"}},
        "formatters": {"chosen": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["context"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": []},
            "django.request": {"level": "ERROR"},
            "stageward.access": {"level": "NOTSET" if access else "WARNING"},
            "gunicorn.error": {"level": "WARNING"},
            "gunicorn.access": {"level": "WARNING"},
            **{name: {"level": "WARNING"} for name in quiet},
        },
    }
