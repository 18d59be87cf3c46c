"""An S3 server for tests, on this machine, without network."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def some_bucket() -> Iterator[str]:
    """The address of an empty bucket; the environment says where its server is. Skips where there is none to start."""
    moto = pytest.importorskip("moto.server", reason="pip install 'moto[server]'")
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        _make_bucket(told["AWS_ENDPOINT_URL"], "takes")
        yield "s3://takes/books"
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _make_bucket(endpoint: str, name: str) -> None:
    import urllib.request

    request = urllib.request.Request(f"{endpoint}/{name}", method="PUT")
    request.add_header(
        "Authorization", "AWS4-HMAC-SHA256 Credential=tests/20260101/us-east-1/s3/aws4_request"
    )
    urllib.request.urlopen(request, timeout=10).close()
