"""The web application. A server that loads it stops with a sentence when the database's triggers are missing."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection

from activity.triggers import require_triggers
from config.encoding import UTF8Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
application.request_class = UTF8Request
require_triggers()
connection.close()
