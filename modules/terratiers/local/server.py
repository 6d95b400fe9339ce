"""The emulator's process: `python -m terratiers.local.server --port 4599`."""

from __future__ import annotations

import argparse

__all__ = ["main"]


def main() -> None:
    """Runs moto's server on the loopback address, with its gaps closed."""
    parser = argparse.ArgumentParser(prog="terratiers.local.server")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port

    from terratiers.local.emulator_patches import apply_patches

    from moto.server import main as run_server

    apply_patches()
    run_server(["-H", "127.0.0.1", "-p", str(port)])


if __name__ == "__main__":
    main()
