"""The application's settings with another set of addresses, or with static files that were not collected: see who uses them."""

import os

from config.settings import *  # noqa: F403 - all of them
from config.settings import STORAGES

ROOT_URLCONF = os.environ.get("BENCH_URLCONF", "config.urls")
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
