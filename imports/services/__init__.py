"""The only place that writes imports. Every function runs inside an open `unit_of_work`."""

from imports.services.bringing import bring_model, bring_version
from imports.services.runs import begin_reading, fail_import, finish_import, resume_import, start_import

__all__ = [
    "begin_reading",
    "bring_model",
    "bring_version",
    "fail_import",
    "finish_import",
    "resume_import",
    "start_import",
]
