"""Two emulators: with the patches, and as moto comes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from terratiers.local.emulator import ACCOUNT_ID, Emulator, _answers, _free_port, emulator_for_tests

import pytest


@pytest.fixture(scope="session")
def patched(tmp_path_factory) -> Iterator[Emulator]:
    with emulator_for_tests(tmp_path_factory.mktemp("patched")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def stock() -> Iterator[Emulator]:
    port = _free_port(0)
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    emulator = Emulator(server.pid, port, ACCOUNT_ID)
    deadline = time.monotonic() + 60
    while not _answers(emulator):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield emulator
    server.kill()
    server.wait()
