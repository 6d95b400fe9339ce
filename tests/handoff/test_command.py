"""`terratiers handoff` on the command line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from terratiers import cli
from terratiers.handoff.command import handoff

import pytest
import typer


@pytest.fixture
def command(shop, tmp_path, monkeypatch, capsys):
    """Runs the command where `shop` was synthesized: its status, what it printed, its error."""
    assert shop
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["terratiers", "handoff", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code, printed = ended.value.code, capsys.readouterr()
        if isinstance(code, str):
            return 1, printed.out, code
        return code or 0, printed.out, printed.err

    return run


def test_it_writes_hcl_to_bundle_and_says_so(command):
    status, printed, _ = command()
    assert status == 0
    assert printed.splitlines() == [
        "bundle, in the order of applying:",
        "  01-state  1 resource",
        "  02-network  1 resource",
        "  03-web  1 resource",
    ]
    assert Path("bundle/02-network/main.tf").is_file()


def test_every_option(command):
    Path("cdktf.out").rename("made")
    status, _, _ = command(
        *("--from", "made", "--out", "b", "--format", "json", "--environment", "dev"),
        *("--tier", "web", "--tier", "network", "--terragrunt", "--github-workflow"),
    )
    assert status == 0
    assert Path("b/02-web/main.tf.json").is_file()
    assert Path("b/.github/workflows/terraform.yml").is_file()


def test_the_difference_to_an_older_bundle(command):
    command("--out", "old")
    status, printed, _ = command("--diff", "old", "--exit-code")
    assert (status, printed.splitlines()[-1]) == (0, "Nothing changed since old.")

    config = Path("cdktf.out/stacks/network/cdk.tf.json")
    config.write_text(config.read_text().replace("shop-dev-vpc", "other"))
    expected = [
        "Changed since old:",
        "  network:",
        "    ~ aws_vpc.vpc",
        '        tags.Name: "shop-dev-vpc" -> "other"',
    ]
    status, printed, _ = command("--diff", "old")
    assert (status, printed.splitlines()[-4:]) == (0, expected)
    status, _, error = command("--diff", "old", "--exit-code")
    assert (status, error) == (2, "")


def test_the_bundle_that_is_replaced_can_be_compared_with(command):
    command()
    config = Path("cdktf.out/stacks/network/cdk.tf.json")
    config.write_text(config.read_text().replace("shop-dev-vpc", "other"))
    _, printed, _ = command("--diff", "bundle")
    assert "~ aws_vpc.vpc" in printed
    assert "Nothing changed" in command("--diff", "bundle")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "nowhere"], "nowhere holds no synthesized program"),
        (["--diff", "nowhere"], "nowhere holds no bundle"),
        (["--diff", "cdktf.out"], "cdktf.out is what a program synthesized, not a bundle"),
        (["--out", "cdktf.out"], "cdktf.out exists and is no bundle"),
        (["--tier", "frontend"], "there is no tier frontend: it has state, network, web."),
        (["--environment", "prod"], "there is no environment prod; the program has dev."),
        (["--format", "yaml"], "--format yaml: write one of hcl, json."),
        (["--exit-code"], "--exit-code needs --diff OLD."),
        (["--not-secret", "web:x"], "--not-secret web:x: nothing there looks like a secret."),
    ],
)
def test_what_is_in_the_way_is_one_message(command, arguments, message):
    status, _, error = command(*arguments)
    assert status == 1
    assert error.startswith(f"terratiers: {message}")
    assert not Path("bundle").exists()


@pytest.mark.parametrize("arguments", [["--nope"], ["--out"], ["extra"]])
def test_a_mistake_in_the_command_ends_with_2_on_standard_error(command, arguments):
    """Unlike `--exit-code`, whose standard error is empty: docs/handoff.md tells them apart."""
    status, printed, error = command(*arguments)
    assert (status, printed) == (2, "")
    assert error.strip()
    assert not Path("bundle").exists()


def test_the_page_describes_every_option():
    page = (Path(__file__).parents[2] / "docs" / "handoff.md").read_text("utf-8")
    described = set(re.findall(r"^\| `(--[a-z-]+)", page, re.MULTILINE))
    app = typer.Typer(add_completion=False)
    app.command()(handoff)
    options = typer.main.get_command(app).params
    assert described == {option.opts[0] for option in options}


def test_the_command_line_starts_without_the_rest():
    """Neither cdktf nor the hand-over is imported before `handoff` runs."""
    program = (
        "import sys; import terratiers.handoff.command; "
        "print([m for m in sys.modules if m.startswith(('cdktf', 'jsii', 'terratiers.handoff.b'))])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
