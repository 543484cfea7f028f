"""How the web process runs, here and on Heroku; WEB_CONCURRENCY and PORT come from the environment."""

import os

bind = f"{os.environ.get('WEB_HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104 -- the platform's router is the only neighbour
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # one copy in memory; nothing connects before the fork
max_requests = 5000
max_requests_jitter = 500
timeout = 30
graceful_timeout = 25  # Heroku kills 30 seconds after it asked
keepalive = 5
# An address can carry an authorization code, so no request line is logged; the application logs what matters.
accesslog = None
# Its default place is in the home folder, which an unattended process should leave alone.
control_socket_disable = True
