"""The others that Terratiers is compared with, each in a folder of its own below `.peers`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["NODE_PEERS", "PYTHON_PEERS", "install", "program", "python"]

HERE = Path(__file__).parent
INSTALLED = HERE / ".peers"
# Folders of `peers`: the program, and the versions of everything that it needs.
NODE_PEERS = ("cdktf-javascript", "aws-cdk-javascript", "terraconstructs")
PYTHON_PEERS = ("aws-cdk-python",)


def install(peer: str) -> None:
    """Installs a peer, unless what is installed is what its folder asks for.

    Raises:
        subprocess.CalledProcessError: when npm or pip fails.
        OSError: when there is no npm.
    """
    source, target = HERE / "peers" / peer, INSTALLED / peer
    wanted = {file.name: file.read_bytes() for file in source.iterdir()}
    done = target / ".installed"
    if done.exists() and all(
        (target / name).exists() and (target / name).read_bytes() == content
        for name, content in wanted.items()
    ):
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    print(f"installing {peer}", flush=True)
    if peer in NODE_PEERS:
        _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], target)
    else:
        _run([sys.executable, "-m", "venv", ".venv"], target)
        requirements = ["--quiet", "--requirement", "requirements.txt"]
        _run([str(python(peer)), "-m", "pip", "install", *requirements], target)
    done.touch()


def program(peer: str) -> Path:
    """The installed program."""
    return INSTALLED / peer / ("main.js" if peer in NODE_PEERS else "main.py")


def python(peer: str) -> Path:
    """The interpreter of a peer in Python."""
    return INSTALLED / peer / ".venv" / "bin" / "python"


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
