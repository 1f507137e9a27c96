"""`python -m config.healthcheck PORT`: succeeds when the web server of this container answers."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def healthy(port: int) -> bool:
    """Ask `/healthz` under a name that the server accepts."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".*") or "localhost"
    client = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        client.request("GET", "/healthz", headers={"Host": host})
        return client.getresponse().status == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(not healthy(int(sys.argv[1])))
