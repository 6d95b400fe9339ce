"""`terratiers new`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

from terratiers.new_project.project import make_project

import typer

__all__ = ["new"]


def new(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    project: Annotated[
        str | None,
        typer.Option(help="Prefix of every name. Default: the folder's name.", show_default=False),
    ] = None,
    environment: Annotated[str, typer.Option(help="The environment's name.")] = "dev",
    region: Annotated[str, typer.Option(help="An AWS region.")] = "eu-central-1",
) -> None:
    """Make a project to start from: main.py, a tier of its own, and tests that pass."""
    name = project if project is not None else Path(os.path.abspath(folder)).name
    files = make_project(folder, project=name, environment=environment, region=region)
    typer.echo(f"{folder}: {len(files)} files: {', '.join(files)}")
    typer.echo("\nNext:")
    for step in (
        f"cd {shlex.quote(str(folder))}",
        "python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt",
        "python main.py && terratiers list",
        "pytest",
    ):
        typer.echo(f"  {step}")
    typer.echo("\nREADME.md there tells how to deploy it, hand it over, or try it on this machine.")
