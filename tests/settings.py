"""The application's settings, for tests: a folder and keys of their own, no throttling, quick passwords.

`DATABASE_URL` chooses the database, SQLite in a file without it: in memory, threads would share one connection.
"""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="stageward-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_environment = {
    "STAGEWARD_DATA": _folder,
    "SECRET_KEY": "a key that tests alone know and use, of a good length",
    "SEAL_KEY": "a seal key that tests alone know and use",
    "CELERY_BROKER_URL": "memory://",
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "LIVE_SECONDS": "0",
    "API_RATE": "1000000/min",
    "API_RATE_ANONYMOUS": "1000000/min",
}
for _name in ("REDIS_URL", "DEBUG", "EMAIL_URL", "SEAL_EXPORT", "SECURE_SSL_REDIRECT", "BEHIND_PROXY"):
    os.environ.pop(_name, None)
os.environ.update(_environment)

from config.settings import *  # noqa: E402, F403 - they read the environment made above
from config.settings import CACHES, DATABASES, EMBEDDED, SQLITE_OPTIONS, STATIC_ROOT, STORAGES  # noqa: E402

TESTING = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} for name in CACHES}  # all in one memory
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir()

_database = DATABASES["default"]
if EMBEDDED:
    _pragmas = str(SQLITE_OPTIONS["init_command"]).replace("synchronous=FULL", "synchronous=OFF")
    _database |= {"OPTIONS": {**SQLITE_OPTIONS, "init_command": _pragmas}, "TEST": {"NAME": f"{_folder}/test.sqlite3"}}
else:
    # No pool: tests open connections of their own by the dozen, and a pool would hold on to a database about to be dropped.
    _database["OPTIONS"].pop("pool", None)
    if _database["ENGINE"].endswith("postgresql"):
        _database["OPTIONS"]["options"] = "-c synchronous_commit=off"  # nobody pulls the plug on a test
    _database |= {"TEST": {"NAME": f"test_stageward_{os.getpid()}"}}
