"""`terratiers new`: a working project to start from."""

from __future__ import annotations
