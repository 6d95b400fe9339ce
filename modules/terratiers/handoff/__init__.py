"""The hand-over: what a program synthesized becomes a bundle for people without Python or cdktf."""

from __future__ import annotations
