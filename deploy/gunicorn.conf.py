"""gunicorn for the hub's pages and API; every value can be changed by an environment variable."""

import os
import sys
from typing import Any

bind = os.environ.get("TWIN_BIND", "127.0.0.1:8050")
# Each worker keeps a live state of its own: about 300 MB before any events.
workers = int(os.environ.get("TWIN_WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("TWIN_WEB_THREADS", "4"))
# Off: a worker that was forked holds no copy of another's locks, connections or libraries' threads, and
# SIGHUP takes new code and settings in. It costs the memory of the district once more for each worker.
preload_app = False
timeout = 60
graceful_timeout = 20
keepalive = 15
control_socket_disable = True
backlog = 512
# A worker is renewed after about a day of ten screens, never both at once.
max_requests = int(os.environ.get("TWIN_MAX_REQUESTS", "400000"))
max_requests_jitter = max_requests // 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
accesslog = None
errorlog = "-"
loglevel = os.environ.get("TWIN_LOG_LEVEL", "info")
forwarded_allow_ips = os.environ.get("TWIN_PROXY", "127.0.0.1")
limit_request_line = 4094
limit_request_field_size = 8190


def post_fork(server: Any, worker: Any) -> None:
    """Threads take turns more often than by default, so that an acknowledgement waits less for a snapshot."""
    sys.setswitchinterval(0.001)
