"""Settings, from the environment alone.

Two ways to run:

- **embedded**, when `DATABASE_URL` is not set: SQLite, a broker in a folder, and a secret key made on the first start, all kept
  in `STAGEWARD_DATA` (default `var/`).
- **served**, when `DATABASE_URL` is set: nothing is made up. A missing or well-known `SECRET_KEY` or `SEAL_KEY` stops the start.

Every secret may be given as `NAME_FILE`, the path of a file that holds it.
"""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.logs import FORMATS, logging_config
from config.openapi import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from config.schedule import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DATA_DIR = Path(env.str("STAGEWARD_DATA", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED = not env.str("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=False)
TESTING = False
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
WEB_THREADS = env.int("WEB_THREADS", default=4)


def kept_secret(name: str) -> str:
    """Return the secret kept in `DATA_DIR/name`, making it (64 random bytes, readable by the owner alone) on first use."""
    path = DATA_DIR / name
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text().strip()


def required_secret(name: str) -> str:
    """Return the secret that the environment gives; embedded, the kept one. Raises ImproperlyConfigured for a weak one."""
    value = env.str(name, default="") or (kept_secret(name.lower().replace("_", "-")) if EMBEDDED else "")
    if len(value) < 32 or "change-me" in value or value.startswith("django-insecure"):
        raise ImproperlyConfigured(
            f"{name} is missing, shorter than 32 characters or a well-known example. Nothing was started. Set {name}, or"
            f" {name}_FILE, to a random value of your own: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
    return value


SECRET_KEY = required_secret("SECRET_KEY")
# Seals of the activity log are signed with this key (Ed25519 seed, any text). It belongs outside the database.
SEAL_KEY = required_secret("SEAL_KEY")
SEAL_EXPORT = env.str("SEAL_EXPORT", default="")  # a file that every new seal is appended to, best on another machine

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", urlsplit(PUBLIC_URL).hostname])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "heroicons",
    "activity",
    "accounts",
    "registry",
    "approvals",
    "imports",
    "insights",
    "notifications",
    "gto",
    "moving",
    "operations",
    "config",
]
MIDDLEWARE = [
    "config.middleware.request_id",
    "config.middleware.observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.problems.domain_errors",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "approvals.context.waiting_for_me",
                "config.context.live",
                "operations.context.trouble_for_staff",
            ],
            "builtins": ["heroicons.templatetags.heroicons", "registry.templatetags.stageward"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that templates/django/forms draws every field

# Database. SQLite: IMMEDIATE, because DEFERRED fails writers that started as readers; FULL, because a commit is a promise.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=134217728;"
    "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;",
}
# PostgreSQL: it plans what a connection asks often once, which halves what a call costs it. What the URL says, `?sslmode=…`, comes first.
POSTGRESQL_OPTIONS: dict[str, Any] = {
    "pool": {"min_size": 1, "max_size": WEB_THREADS + 2, "timeout": 10},
    "server_side_binding": True,
    "prepare_threshold": 5,
}
DATABASES: dict[str, dict[str, Any]]
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "stageward.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": SQLITE_OPTIONS,
        }
    }
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["OPTIONS"] = {**POSTGRESQL_OPTIONS, **DATABASES["default"].get("OPTIONS", {})}
    else:
        DATABASES["default"] |= {"CONN_MAX_AGE": None, "OPTIONS": SQLITE_OPTIONS}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis, where there is one, carries hints to the worker and the counters of the rate limits. The truth is in the database.
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL) or "filesystem://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever, and works meanwhile (operations.pulse)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
if CELERY_BROKER_URL.startswith("filesystem:"):
    BROKER_DIR = DATA_DIR / "broker"
    BROKER_DIR.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,  # kombu's default of 1 s would mean two messages a second
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
_redis = {
    "BACKEND": "config.cache.ForgivingRedisCache",
    "LOCATION": REDIS_URL,
    "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
}
_alone = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
CACHES = {
    "default": _redis if REDIS_URL else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    # Every request of the API is counted. In the database that would be a write for each, so without Redis each process counts alone.
    "rates": _redis if REDIS_URL else _alone,
}

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_PREVENT_ENUMERATION = True
LIVE_SECONDS = env.float("LIVE_SECONDS", default=2)  # how often an open page asks what is new; 0: never
WORKSPACE_CREATORS = env.str("WORKSPACE_CREATORS", default="staff")  # staff, or everyone

# HTTP
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_FAILURE_VIEW = "config.problems.csrf_failure"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if SECURE else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W002"]  # frame-ancestors in our Content-Security-Policy says it
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.BasicTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["config.api.BurstThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE", default="1200/min"),
        "anon": env.str("API_RATE_ANONYMOUS", default="60/min"),
    },
    "EXCEPTION_HANDLER": "config.problems.problem_response",
    "URL_FORMAT_OVERRIDE": None,
}
# Mail: on the console unless EMAIL_URL says otherwise, e.g. smtp+tls://user:password@mail.example.org:587
_mail = env.email_url("EMAIL_URL", default="consolemail://")
if _mail["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    _mail["EMAIL_BACKEND"] = "notifications.console.EmailBackend"  # without the HTML
vars().update(_mail)
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Stageward <stageward@localhost>")
EMAIL_TIMEOUT = 10
# Webhooks go to public hosts by https. Hosts named here, each perhaps with its port, may be inside and may be called by http.
WEBHOOK_ALLOWED_HOSTS = env.list("WEBHOOK_ALLOWED_HOSTS", default=[])
WEBHOOK_TIMEOUT = min(env.int("WEBHOOK_TIMEOUT", default=15), 60)  # seconds; a claim lasts two minutes
# Git repositories, imported and written. Folders of this machine are closed unless they lie below one of these.
GIT_FOLDERS = env.list("GIT_FOLDERS", default=[])
GIT_REPOSITORIES = env.str("GIT_REPOSITORIES", default=str(DATA_DIR / "git"))  # where those are kept that Stageward writes
GIT_ALLOWED_HOSTS = env.list("GIT_ALLOWED_HOSTS", default=[])
# Registries that models move in from: public ones by https, and hosts named here, each perhaps with its port, also by http.
IMPORT_ALLOWED_HOSTS = env.list("IMPORT_ALLOWED_HOSTS", default=[])
GIT_SSH_KEY = env.str("GIT_SSH_KEY", default="")
GIT_KNOWN_HOSTS = env.str("GIT_KNOWN_HOSTS", default="")

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# Logs: lines for a person at the terminal, JSON for a machine that collects them.
LOG_FORMAT = env.str("LOG_FORMAT", default="line" if EMBEDDED else "json")
if LOG_FORMAT not in FORMATS:
    raise ImproperlyConfigured(
        f"LOG_FORMAT is {LOG_FORMAT}, but there are line and json only. Nothing was started. Set one of these."
    )
LOGGING = logging_config(
    LOG_FORMAT, env.str("LOG_LEVEL", default="INFO"), access=env.bool("ACCESS_LOG", default=LOG_FORMAT == "json")
)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # what Prometheus has to show; without one there are no metrics
