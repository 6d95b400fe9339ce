"""The server that the web tier's instances run: as a process of its own, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from terratiers import ConfigurationError
from terratiers.core.errors import Faults
from terratiers.local.emulator import _free_port
from terratiers.tiers import web_server
from terratiers.tiers.web_server import WebPage

import psutil
import pytest

SERVER = Path(web_server.__file__).with_name("server.py")
PAGE = {"X-Requested-With": "page"}


METADATA = {
    "/latest/meta-data/instance-id": "i-0123456789abcdef0",
    "/latest/meta-data/placement/availability-zone": "eu-central-1b",
}


class Metadata(BaseHTTPRequestHandler):
    """The metadata service, version 2: it answers whoever brings the token."""

    def do_PUT(self):
        self._answer("the-token")

    def do_GET(self):
        assert self.headers["X-aws-ec2-metadata-token"] == "the-token"
        self._answer(METADATA[self.path])

    def _answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def metadata_url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Client:
    def __init__(self, port, process):
        self.port, self.process = port, process

    def ask(self, method, path, *, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer, text

    def json(self, method, path, **options):
        answer, text = self.ask(method, path, **options)
        return answer.status, json.loads(text)


@pytest.fixture
def serve(tmp_path, metadata_url):
    """Starts a server with a configuration, and an `aws` on its PATH that says what a file says."""
    running = []
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "aws").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ncat {tmp_path}/parameter\n'
    )
    (tools / "aws").chmod(0o755)

    def start(**config):
        port = _free_port(0)
        config = {"port": port, "region": "eu-central-1", "metadata_url": metadata_url, **config}
        file = tmp_path / "config.json"
        file.write_text(json.dumps(config))
        process = subprocess.Popen(
            [sys.executable, SERVER, file],
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
            stderr=subprocess.PIPE,
        )
        running.append(process)
        client = Client(port, process)
        deadline = time.monotonic() + 30
        while True:
            try:
                client.ask("GET", "/health")
                return client
            except OSError:
                assert process.poll() is None, process.stderr.read().decode()
                assert time.monotonic() < deadline
                time.sleep(0.05)

    yield start
    for process in running:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()
        process.stderr.close()


def test_it_serves_the_page_and_its_parts(serve):
    client = serve()
    for path, kind, part in (
        ("/", "text/html", b"/page.js"),
        ("/page.js", "text/javascript", b"/config.json"),
        ("/page.css", "text/css", b"font"),
        ("/?from=mail", "text/html", b"<h1>"),
    ):
        answer, text = client.ask("GET", path)
        assert answer.status == 200
        assert answer.getheader("Content-Type").startswith(kind)
        assert part in text


def test_it_is_healthy_and_says_who_it_is(serve):
    client = serve(api_url="https://api.example.com/live")
    answer, text = client.ask("GET", "/health")
    assert (answer.status, text) == (200, b"ok\n")
    assert client.json("GET", "/config.json") == (
        200,
        {
            "instance": "i-0123456789abcdef0",
            "zone": "eu-central-1b",
            "apiUrl": "https://api.example.com/live",
            "loadTestSeconds": 0,
        },
    )


def test_without_a_metadata_service_it_serves_all_the_same(serve):
    client = serve(metadata_url="http://127.0.0.1:9")
    assert client.json("GET", "/config.json")[1]["instance"] == "unknown"


def test_the_page_may_speak_to_the_api_and_to_nobody_else(serve):
    client = serve(api_url="https://api.example.com/live/items")
    answer, _ = client.ask("GET", "/", headers={"X-Forwarded-Proto": "https"})
    policy = answer.getheader("Content-Security-Policy")
    assert "default-src 'self'; connect-src 'self' https://api.example.com;" in policy
    assert answer.getheader("Strict-Transport-Security") == "max-age=31536000"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    answer, _ = client.ask("GET", "/")
    assert answer.getheader("Strict-Transport-Security") is None


def api_url(client, expected):
    """What the page is told, as soon as it is told what is expected."""
    deadline = time.monotonic() + 20
    while client.json("GET", "/config.json")[1]["apiUrl"] != expected:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_api_url_is_read_from_the_parameter_once_a_minute(serve, tmp_path):
    url = "https://abc.execute-api.example.com/live"
    (tmp_path / "parameter").write_text(f"{url}\n")
    client = serve(api_url_parameter="/shop/dev/api-url")
    for _ in range(3):
        api_url(client, url)
    [call] = (tmp_path / "calls").read_text().splitlines()
    assert "ssm get-parameter --name /shop/dev/api-url" in call
    assert call.endswith("--region eu-central-1")


def test_a_parameter_that_is_not_there_yet_is_no_error(serve, tmp_path):
    client = serve(api_url_parameter="/shop/dev/api-url")
    for _ in range(3):
        assert client.json("GET", "/config.json")[1]["apiUrl"] is None
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


def test_nobody_waits_for_a_parameter_store_that_does_not_answer(serve, tmp_path):
    (tmp_path / "bin" / "aws").write_text("#!/bin/sh\nsleep 25\n")
    client = serve(api_url_parameter="/shop/dev/api-url")
    for path in ("/health", "/", "/config.json", "/health"):
        started = time.monotonic()
        assert client.ask("GET", path)[0].status == 200
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("path", ["/nothing", "/server.py", "/../server.py", "/page.html"])
def test_there_is_nothing_else(serve, path):
    assert serve().json("GET", path)[0] == 404


def test_head_has_no_body_and_connections_are_kept(serve):
    client = serve()
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
    for method in ("HEAD", "GET", "HEAD"):
        connection.request(method, "/")
        answer = connection.getresponse()
        assert answer.status == 200
        assert int(answer.getheader("Content-Length")) > 100
        assert bool(answer.read()) == (method == "GET")
    connection.close()


def test_there_is_no_load_test_unless_it_is_switched_on(serve):
    client = serve()
    assert client.json("POST", "/load-test", headers=PAGE)[0] == 404
    assert psutil.Process(client.process.pid).children() == []


def test_a_load_test_keeps_every_processor_busy_and_ends(serve):
    client = serve(load_test_seconds=2)
    assert client.json("POST", "/load-test", headers=PAGE) == (202, {"seconds": 2})
    workers = psutil.Process(client.process.pid).children()
    assert len(workers) == os.cpu_count()
    assert client.json("POST", "/load-test", headers=PAGE)[0] == 409
    assert client.ask("GET", "/health")[0].status == 200
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE]
    assert client.json("POST", "/load-test", headers=PAGE)[0] == 202


def test_another_site_cannot_start_a_load_test(serve):
    client = serve(load_test_seconds=2)
    assert client.json("POST", "/load-test")[0] == 403
    assert psutil.Process(client.process.pid).children() == []


@pytest.mark.parametrize("length", ["2000", "-1", "x", "9" * 20])
def test_large_and_malformed_bodies_are_refused(serve, length):
    client = serve(load_test_seconds=2)
    headers = {**PAGE, "Content-Length": length}
    assert client.json("POST", "/load-test", headers=headers)[0] == 413
    assert client.ask("GET", "/health")[0].status == 200


def written_files(user_data):
    [(kind, text)] = user_data.parts
    assert kind == "text/cloud-config"
    config = json.loads(text.removeprefix("#cloud-config\n"))
    return config, {file["path"]: file["content"] for file in config["write_files"]}


def test_user_data_installs_what_was_tested_here():
    page = WebPage(api_url_parameter="/shop/dev/api-url", load_test_seconds=600)
    config, files = written_files(page.user_data("eu-central-1"))
    for name in ("server.py", "page.html", "page.js", "page.css"):
        assert files[f"/opt/web-server/{name}"] == SERVER.with_name(name).read_text("utf-8")
    assert json.loads(files["/etc/web-server.json"]) == {
        "port": 8080,
        "region": "eu-central-1",
        "api_url": None,
        "api_url_parameter": "/shop/dev/api-url",
        "load_test_seconds": 600,
    }
    unit = files["/etc/systemd/system/web-server.service"]
    assert "ExecStart=/usr/bin/python3 /opt/web-server/server.py /etc/web-server.json" in unit
    assert "DynamicUser=yes" in unit
    assert ["systemctl", "enable", "web-server.service"] in config["runcmd"]


def test_the_server_needs_no_newer_python_than_the_image_has():
    """Amazon Linux 2023 brings Python 3.9."""
    compiled = subprocess.run(
        [sys.executable, "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read(), "
         "feature_version=(3, 9))", SERVER], check=False,
    )  # fmt: skip
    assert compiled.returncode == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_url": "http://api.example.com"}, "write https://"),
        ({"api_url": "https://"}, "write https://"),
        ({"api_url": "https://a b"}, "write https://"),
        ({"api_url": 7}, "api_url 7"),
        ({"api_url_parameter": "api-url"}, "full name"),
        ({"api_url_parameter": "/a//b"}, "full name"),
        ({"api_url_parameter": ""}, "full name"),
        ({"api_url_parameter": "/a/${x}"}, "full name"),
        ({"api_url": "https://a.b", "api_url_parameter": "/a"}, "give one"),
        ({"load_test_seconds": 59}, "60 to 900"),
        ({"load_test_seconds": 901}, "60 to 900"),
        ({"load_test_seconds": True}, "whole number"),
        ({"load_test_seconds": 60.5}, "whole number"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_pages(options, message):
    faults = Faults(None, "web")
    WebPage(**options).check(faults)
    with pytest.raises(ConfigurationError, match=message):
        faults.raise_any()
