"""`terratiers handoff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["handoff"]


def handoff(
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")] = Path("bundle"),
    source: Annotated[
        Path, typer.Option("--from", help="Folder that the program synthesized into.")
    ] = Path("cdktf.out"),
    output_format: Annotated[
        str, typer.Option("--format", help="hcl or json: how the configuration is written.")
    ] = "hcl",
    tier: Annotated[
        list[str] | None, typer.Option(help="A tier of the bundle; repeat it. Default: all.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option(help="The environment, if the program has several.")
    ] = None,
    terragrunt: Annotated[
        bool, typer.Option("--terragrunt", help="Add Terragrunt's files.")
    ] = False,
    github_workflow: Annotated[
        bool, typer.Option("--github-workflow", help="Add a GitHub Actions workflow.")
    ] = False,
    diff: Annotated[
        Path | None, typer.Option(help="Show what changed since this older bundle.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="With --diff, end with 2 when something changed.")
    ] = False,
    not_secret: Annotated[
        list[str] | None, typer.Option(help="A place that looks like a secret and is none.")
    ] = None,
) -> None:
    """Write a bundle for people without Python, Node or cdktf."""
    from terratiers.core.synthesis import read_synthesis
    from terratiers.handoff.bundle import write_bundle
    from terratiers.handoff.bundle_diff import bundle_changes
    from terratiers.handoff.errors import HandoffError
    from terratiers.handoff.written_bundle import read_bundle

    if exit_code and diff is None:
        raise HandoffError("--exit-code needs --diff OLD.")
    old = read_bundle(diff) if diff else None
    tiers = write_bundle(
        read_synthesis(source),
        out,
        output_format=output_format,
        environment=environment,
        names=tier or (),
        terragrunt=terragrunt,
        workflow=github_workflow,
        not_secret=not_secret or (),
    )
    typer.echo(f"{out}, in the order of applying:")
    for written in tiers:
        count = sum(1 for _ in written.blocks("resource"))
        typer.echo(f"  {written.folder}  {count} resource{'' if count == 1 else 's'}")
    if old is None:
        return
    lines = bundle_changes(old, read_bundle(out))
    typer.echo(f"\nChanged since {diff}:" if lines else f"\nNothing changed since {diff}.")
    for line in lines:
        typer.echo(f"  {line}")
    if exit_code and lines:
        raise typer.Exit(2)
