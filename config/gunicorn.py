"""How the web server runs, on one machine and in containers: `gunicorn -c python:config.gunicorn config.wsgi`."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
reuse_port = True  # without it one worker gets nearly all keep-alive connections
control_socket_disable = True
graceful_timeout = 10
loglevel = "warning"
