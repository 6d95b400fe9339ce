"""The `terratiers` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["main"]


def main() -> None:
    """Runs the command; ends with status 1 and one message when something is in the way."""
    try:
        import typer
    except ModuleNotFoundError:
        sys.exit("terratiers: the command needs `pip install 'terratiers[cli]'`.")
    from terratiers.handoff.command import handoff
    from terratiers.new_project.command import new

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_about)
    app.command("new")(new)
    app.command("list")(_list)
    app.command("handoff")(handoff)
    app.command("warm")(_warm)
    local = typer.Typer(no_args_is_help=True, help="Deploy to an emulator on this machine.")
    local.command("up")(_up)
    local.command("status")(_status)
    local.command("down")(_down)
    app.add_typer(local, name="local")
    _run(app)


def _run(app: Any) -> None:
    from terratiers.core.synthesis import SynthesisError
    from terratiers.handoff.errors import HandoffError
    from terratiers.new_project.errors import NewProjectError

    try:
        app()
    except (SynthesisError, HandoffError, NewProjectError) as error:
        sys.exit(f"terratiers: {error}")
    except ModuleNotFoundError as error:
        sys.exit(f"terratiers: {error.name} is missing: `pip install 'terratiers[local]'`.")
    except Exception as error:
        from terratiers.local.errors import LocalError

        if isinstance(error, LocalError):
            sys.exit(f"terratiers: {error}")
        raise


def _about() -> None:
    """Tiered AWS architectures in Python, out as Terraform."""


def _console() -> Console:
    """A console that cuts no column off when its output goes to a file or a pipe."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def _list(out: Path = Path("cdktf.out")) -> None:
    """List the synthesized tiers in deployment order."""
    from terratiers.core.synthesis import read_synthesis

    from rich.table import Table

    tiers = read_synthesis(out)
    table = Table("Tier", "Resources", "Outputs", "State", "Reads from", box=None, pad_edge=False)
    for tier in tiers:
        kind, settings = tier.backend
        where = f"s3://{settings.get('bucket')}/" if kind == "s3" else f"{kind}: "
        table.add_row(
            tier.name,
            str(tier.resource_count),
            str(len(tier.outputs)),
            where + tier.state_key,
            ", ".join(tier.reads_from) or "-",
        )
    console = _console()
    console.print(table)
    for tier in tiers:
        for note in tier.annotations:
            console.print(f"{tier.name}: {note}", markup=False)


def _warm() -> None:
    """Prepare this machine, so that the first programs start as fast as later ones."""
    import terratiers
    from terratiers.core.warm import warm

    assert terratiers  # imported first: jsii is changed before it is imported
    done = warm()
    if not done.finished:
        sys.exit(
            "terratiers: no index of the bindings' types was built: jsii's cache has to be on and "
            "writable (JSII_RUNTIME_PACKAGE_CACHE, JSII_RUNTIME_PACKAGE_CACHE_ROOT)."
        )
    _console().print(f"the bindings are unpacked and indexed ({done.seconds:.0f} s)")


def _up(
    out: Path = Path("cdktf.out"),
    work_dir: Path = Path(".terratiers/local"),
    port: int = 4599,
) -> None:
    """Start the emulator and apply every tier to it."""
    from terratiers.core.synthesis import read_synthesis
    from terratiers.local.deployment import Deployment, ensure_emulator
    from terratiers.local.emulator import stop_emulator
    from terratiers.local.first_steps import first_steps
    from terratiers.local.terraform import find_terraform

    find_terraform()
    console = _console()
    tiers = read_synthesis(out)
    emulator, is_new = ensure_emulator(work_dir, tiers, port=port)
    console.print(f"emulator {'started' if is_new else 'found'}: {emulator.endpoint}")
    deployment = Deployment(tiers, emulator, work_dir)
    try:
        with console.status("applying") as status:
            for applied in deployment.up(
                lambda tier, done, total: status.update(f"applying {tier}: {done} of {total}")
            ):
                _report(console, applied, "applied")
    except BaseException:
        if is_new:
            stop_emulator(work_dir)
        raise
    console.print("\nTo look around with the AWS CLI or boto3:")
    for name in (
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
    ):
        value = deployment.environment(tiers[0])[name]
        console.print(f"  export {name}={value}", markup=False, soft_wrap=True)
    steps = first_steps(deployment)
    if steps:
        console.print("\nTo try what stands:")
        for step in steps:
            console.print(f"  {step}", markup=False, soft_wrap=True)


def _status(out: Path = Path("cdktf.out"), work_dir: Path = Path(".terratiers/local")) -> None:
    """Show what stands in the emulator."""
    from terratiers.core.synthesis import read_synthesis
    from terratiers.local.deployment import Deployment
    from terratiers.local.emulator import running_emulator

    console = _console()
    emulator = running_emulator(work_dir)
    if emulator is None:
        console.print("no emulator is running")
        return
    console.print(f"emulator: {emulator.endpoint} (process {emulator.pid})")
    for status in Deployment(read_synthesis(out), emulator, work_dir).status():
        console.print(f"{status.name}: {status.resources} resources")
        for name, value in status.outputs.items():
            console.print(f"  {name} = {value}", markup=False)


def _down(out: Path = Path("cdktf.out"), work_dir: Path = Path(".terratiers/local")) -> None:
    """Destroy every tier and stop the emulator."""
    from terratiers.core.synthesis import read_synthesis
    from terratiers.local.deployment import Deployment, ensure_emulator
    from terratiers.local.emulator import running_emulator, stop_emulator

    console = _console()
    if running_emulator(work_dir) is None:
        console.print("no emulator is running")
        return
    tiers = read_synthesis(out)
    emulator, _ = ensure_emulator(work_dir, tiers, port=0)
    try:
        with console.status("destroying") as status:
            for gone in Deployment(tiers, emulator, work_dir).down(
                lambda tier, done, total: status.update(f"destroying {tier}: {done} of {total}")
            ):
                _report(console, gone, "destroyed")
    finally:
        stop_emulator(work_dir)
        console.print("emulator stopped")


def _report(console: Console, tier: Any, verb: str) -> None:
    console.print(f"{tier.name}: {verb} {tier.resources} resources in {tier.seconds:.0f} s")
