"""An S3 server for tests, on this machine, without network."""

from __future__ import annotations

import contextlib
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
    endpoint = f"http://{host}:{port}"
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AWS_ENDPOINT_URL", endpoint)
            environment.setenv("AWS_ACCESS_KEY_ID", "tests")
            environment.setenv("AWS_SECRET_ACCESS_KEY", "tests")
            environment.setenv("AWS_REGION", "us-east-1")
            _make_bucket(endpoint, "takes")
            yield "s3://takes/books"
    finally:
        server.stop()


def _make_bucket(endpoint: str, name: str) -> None:
    import urllib.request

    request = urllib.request.Request(f"{endpoint}/{name}", method="PUT")
    request.add_header(
        "Authorization", "AWS4-HMAC-SHA256 Credential=tests/20260101/us-east-1/s3/aws4_request"
    )
    urllib.request.urlopen(request, timeout=10).close()
