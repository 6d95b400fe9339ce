"""The Lambda handlers that come with the library: `lambda/` of the checkout, or of the wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["handler_folder"]

_PACKAGE = Path(__file__).parents[1]


def handler_folder(name: str) -> Path:
    """The folder of a function, `items` or `image_notifier`, for `Code.from_asset`."""
    shipped = _PACKAGE / "lambda" / name
    return shipped if shipped.is_dir() else _PACKAGE.parents[1] / "lambda" / name
