"""The web server of the web tier: a page, its configuration, a health check and a load test.

An instance runs it with the Python that Amazon Linux 2023 brings (3.9), and needs nothing else:

    python3 server.py /etc/web-server.json

The configuration: `port`, `region`, `api_url` or `api_url_parameter` (a parameter of Systems
Manager that holds the URL, read again each minute), `load_test_seconds` (0: there is no load
test) and `metadata_url`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
LARGEST_BODY = 1024
API_URL_SECONDS, FAILURE_SECONDS = 60, 10


class ApiUrl:
    """The URL of the API: given, or read again and again from a parameter that a later tier writes.

    A thread of its own reads it, so that no request waits: a health check that did would have the
    instance replaced.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.url: str | None = config.get("api_url")
        self._parameter: str = config.get("api_url_parameter") or ""
        self._region = config["region"]
        if self._parameter:
            threading.Thread(target=self._keep_reading, daemon=True).start()

    def _keep_reading(self) -> None:
        while True:
            time.sleep(API_URL_SECONDS if self._read() else FAILURE_SECONDS)

    def _read(self) -> bool:
        command = ["aws", "ssm", "get-parameter", "--name", self._parameter]
        command += ["--query", "Parameter.Value", "--output", "text", "--region", self._region]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"the API's URL cannot be read: {error}", file=sys.stderr)
            return False
        self.url = ended.stdout.strip()
        return True


class LoadTest:
    """Keeps every processor busy for a bounded time; one test at a time."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._workers: list[multiprocessing.Process] = []

    def start(self) -> bool:
        """Whether it was started: not while one runs."""
        with self._lock:
            if any(worker.is_alive() for worker in self._workers):
                return False
            end = time.monotonic() + self.seconds
            self._workers = [
                multiprocessing.Process(target=be_busy, args=(end,), daemon=True)
                for _ in range(os.cpu_count() or 1)
            ]
            for worker in self._workers:
                worker.start()
            return True


def be_busy(end: float) -> None:
    while time.monotonic() < end:
        sum(range(10_000))


def instance_identity(url: str) -> dict[str, str]:
    """Which instance this is and in which zone, from the metadata service (IMDSv2)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    header = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    try:
        asked = urllib.request.Request(f"{url}/latest/api/token", method="PUT", headers=header)
        token = opener.open(asked, timeout=2).read().decode()
        found = {}
        for name, path in (("instance", "instance-id"), ("zone", "placement/availability-zone")):
            asked = urllib.request.Request(
                f"{url}/latest/meta-data/{path}", headers={"X-aws-ec2-metadata-token": token}
            )
            found[name] = opener.open(asked, timeout=2).read().decode()
        return found
    except OSError as error:
        print(f"the metadata service does not answer: {error}", file=sys.stderr)
        return {"instance": "unknown", "zone": "unknown"}


class Site(ThreadingHTTPServer):
    """What all requests share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(("", config["port"]), Handler)
        folder = Path(__file__).parent
        self.files = {name: (folder / name).read_bytes() for name, _ in FILES.values()}
        self.api_url = ApiUrl(config)
        self.load_test = LoadTest(config.get("load_test_seconds", 0))
        self.identity = instance_identity(config.get("metadata_url", "http://169.254.169.254"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 75  # longer than the load balancer keeps an idle connection, or it answers 502
    server: Site

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in FILES:
            name, kind = FILES[path]
            self.answer(200, self.server.files[name], kind)
        elif path == "/health":
            self.answer(200, b"ok\n", "text/plain; charset=utf-8")
        elif path == "/config.json":
            config = {
                **self.server.identity,
                "apiUrl": self.server.api_url.url,
                "loadTestSeconds": self.server.load_test.seconds,
            }
            self.answer_json(200, config)
        else:
            self.answer_json(404, {"message": "there is no such page"})

    do_HEAD = do_GET  # noqa: N815 - the base class calls it so

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self.answer_json(413, {"message": f"send at most {LARGEST_BODY} bytes"})
            return
        self.rfile.read(int(length))
        test = self.server.load_test
        if urlsplit(self.path).path != "/load-test" or not test.seconds:
            self.answer_json(404, {"message": "there is no such page"})
        # a form of another site cannot set this header
        elif self.headers.get("X-Requested-With") != "page":
            self.answer_json(403, {"message": "send X-Requested-With: page"})
        elif test.start():
            self.answer_json(202, {"seconds": test.seconds})
        else:
            self.answer_json(409, {"message": "a load test runs already"})

    def answer_json(self, code: int, body: dict[str, Any]) -> None:
        self.answer(code, json.dumps(body).encode(), "application/json")

    def answer(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", self.content_security_policy())
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        if self.headers.get("X-Forwarded-Proto") == "https":
            self.send_header("Strict-Transport-Security", "max-age=31536000")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def content_security_policy(self) -> str:
        url = urlsplit(self.server.api_url.url or "")
        api = f" {url.scheme}://{url.netloc}" if url.scheme and url.netloc else ""
        return (
            f"default-src 'self'; connect-src 'self'{api}; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )

    def log_message(self, format: str, *args: Any) -> None:
        """One line for each request but health checks; the load balancer's log has them all."""
        if self.path != "/health":
            super().log_message(format, *args)


def main() -> None:
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with Site(config) as site:
        site.serve_forever()


if __name__ == "__main__":
    main()
