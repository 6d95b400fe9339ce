"""A bundle as a whole: what is in it, that it is always the same, and what it may replace."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

from terratiers.core.synthesis import read_synthesis
from terratiers.handoff.bundle import write_bundle
from terratiers.handoff.errors import HandoffError

import pytest


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "bundle"


@pytest.fixture
def synthesis(shop, tmp_path) -> Path:
    assert shop
    return tmp_path / "cdktf.out"


def contents(folder: Path) -> dict[str, tuple[str, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (
            stat.filemode(path.stat().st_mode),
            b"" if path.is_dir() else path.read_bytes(),
        )
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("kind", ["hcl", "json"])
def test_a_bundle_has_a_folder_for_each_tier_and_what_holds_them_together(shop, out, kind):
    write_bundle(shop, out, output_format=kind)
    suffix = "tf" if kind == "hcl" else "tf.json"
    assert {path.name for path in out.iterdir()} >= {
        *("01-state", "02-network", "03-web"),
        *("README.md", "SHA256SUMS", "backend.hcl.example", "manifest", "manifest.json", "run.sh"),
    }
    assert {path.name for path in (out / "03-web").iterdir()} >= {
        *(f"{name}.{suffix}" for name in ("backend", "data", "main", "providers", "variables")),
        *("README.md", "files"),
    }
    assert (out / "03-web" / "files" / "items-api" / "code.zip").read_bytes() == b"zip"


def test_json_is_split_by_kind_and_loses_nothing(shop, out):
    [*_, web] = write_bundle(shop, out, output_format="json")
    merged: dict = {"terraform": {}}
    for file in sorted((out / web.folder).glob("*.tf.json")):
        for kind, body in json.loads(file.read_text()).items():
            merged.setdefault(kind, {}).update(body)
    assert merged == web.config
    assert set(json.loads((out / web.folder / "main.tf.json").read_text())) == {"resource"}


def test_sha256sum_agrees(shop, out):
    write_bundle(shop, out)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    ended = subprocess.run(check, cwd=out, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    files = [path for path in out.rglob("*") if path.is_file()]
    assert ended.stdout.count(": OK") == len(files) - 1


PROGRAM = """
import os, sys
from pathlib import Path
from terratiers.core.synthesis import read_synthesis
from terratiers.handoff.bundle import write_bundle
os.umask(int(sys.argv[1], 8))
write_bundle(read_synthesis(sys.argv[2]), Path(sys.argv[3]), terragrunt=True, workflow=True)
"""


def test_the_same_input_gives_the_same_bytes_and_modes(synthesis, tmp_path):
    """Whatever the folder, umask, hash seed and place."""
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "other.out"
    subprocess.run(["cp", "-r", synthesis, moved], check=True)
    runs = [("022", synthesis, tmp_path / "a", "1"), ("077", moved, tmp_path / "x y" / "b", "2")]
    for umask, source, target, seed in runs:
        command = [sys.executable, "-c", PROGRAM, umask, str(source), str(target)]
        subprocess.run(
            command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=target.anchor
        )
    first, second = (contents(target) for _, _, target, _ in runs)
    assert first == second
    assert first["run.sh"][0] == "-rwxr-xr-x"
    assert first["manifest.json"][0] == "-rw-r--r--"
    assert first["03-web"][0] == "drwxr-xr-x"
    assert str(tmp_path).encode() not in b"".join(body for _, body in first.values())


def test_a_file_that_may_be_run_stays_so(bundle_tier, out, tmp_path):
    asset = "assets/tool_0000AAAA/1/tool.sh"
    bundle_tier({asset: b"#!/bin/sh\n"})
    (tmp_path / "cdktf.out" / "stacks" / "web" / asset).chmod(0o700)
    write_bundle(read_synthesis(tmp_path / "cdktf.out"), out)
    tool = out / "01-web" / "files" / "tool" / "tool.sh"
    assert stat.filemode(tool.stat().st_mode) == "-rwxr-xr-x"


def test_the_manifest_tells_what_is_inside(shop, out):
    write_bundle(shop, out, not_secret=())
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["kind"], manifest["schema_version"]) == ("terratiers-bundle", 1)
    web = manifest["tiers"][2]
    assert (web["name"], web["folder"], web["order"]) == ("web", "03-web", 3)
    assert web["dependencies"] == ["network", "state"]
    assert web["reads"] == ["network"]
    assert web["state"]["key"] == "shop/dev/web.tfstate"
    assert web["providers"] == {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}
    assert web["resources"] == {"count": 1, "types": {"aws_lambda_function": 1}}
    assert web["acknowledgements"] == [{"id": "public-api", "reason": "no sign-in"}]
    assert [warning["id"] for warning in web["warnings"]] == ["single-nat-gateway"]
    digest = next(
        line.split()[0]
        for line in (out / "SHA256SUMS").read_text().splitlines()
        if line.endswith("03-web/files/items-api/code.zip")
    )
    assert web["files"] == {"files/items-api/code.zip": digest}


def test_skipped_checks_are_in_the_manifest(synthesize, tier_config, out):
    skip = {"skip": [{"id": "CKV_AWS_18", "comment": "it holds the access logs itself"}]}
    body = {"//": {"metadata": {"path": "web/logs"}, "checkov": skip}, "bucket": "logs"}
    note = {
        "level": "@cdktf/info",
        "message": "[CKV_AWS_18] acknowledged: it holds the access logs itself",
    }
    config = tier_config("web", resource={"aws_s3_bucket": {"logs": body}})
    write_bundle(synthesize({"web": config}, notes={"web": [note]}), out)
    [web] = json.loads((out / "manifest.json").read_text())["tiers"]
    reason = "it holds the access logs itself"
    assert web["skipped_checks"] == {"aws_s3_bucket.logs": {"CKV_AWS_18": reason}}
    assert web["acknowledgements"] == [{"id": "CKV_AWS_18", "reason": reason}]


def test_picked_tiers_tell_what_they_need(shop, out):
    write_bundle(shop, out, names=["web"])
    [web] = json.loads((out / "manifest.json").read_text())["tiers"]
    assert web["folder"] == "01-web"
    assert web["dependencies_outside"] == ["network", "state"]


def test_a_bundle_replaces_a_bundle(shop, out):
    write_bundle(shop, out, output_format="json")
    write_bundle(shop, out, names=["network"])
    assert not (out / "03-web").exists()
    assert (out / "01-network" / "main.tf").exists()
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda file: file.write_text("# mine"),
        lambda file: (file.unlink(), file.symlink_to("README.md")),
    ],
    ids=["edited", "linked"],
)
def test_a_bundle_that_someone_edited_stays(shop, out, edit):
    write_bundle(shop, out)
    edit(out / "02-network" / "main.tf")
    before = contents(out)
    with pytest.raises(HandoffError, match=r"was edited since it was written: 02-network/main\.tf"):
        write_bundle(shop, out)
    assert contents(out) == before


def test_what_others_added_stays_and_follows_its_tier(shop, out):
    write_bundle(shop, out)
    lock = out / "02-network" / ".terraform.lock.hcl"
    lock.write_text("# lock")
    lock.chmod(0o600)
    provider = out / "02-network" / ".terraform" / "providers" / "aws"
    provider.parent.mkdir(parents=True)
    provider.symlink_to("/opt/providers/aws")
    (out / "backend.hcl").write_text('bucket = "mine"')

    write_bundle(shop, out, names=["network", "web"])
    moved = out / "01-network" / ".terraform.lock.hcl"
    assert (moved.read_text(), stat.filemode(moved.stat().st_mode)) == ("# lock", "-rw-------")
    assert os.readlink(out / "01-network" / ".terraform" / "providers" / "aws") == (
        "/opt/providers/aws"
    )
    assert (out / "backend.hcl").read_text() == 'bucket = "mine"'
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


def git(folder, *arguments) -> str:
    named = ["-c", "user.name=ops", "-c", "user.email=ops@example.com"]
    command = ["git", "-C", str(folder), *named, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_repository_outlives_the_next_bundle(shop, out):
    write_bundle(shop, out)
    git(out, "init", "--quiet")
    git(out, "add", ".")
    git(out, "commit", "--quiet", "-m", "first")
    git(out, "gc", "--quiet")
    (out / "02-network" / "empty" / "folder").mkdir(parents=True)
    (out / "mine" / "empty").mkdir(parents=True)
    repository = (out / ".git").stat().st_ino
    before = contents(out / ".git")

    write_bundle(shop, out, names=["network", "web"], workflow=True)
    assert contents(out / ".git") == before
    assert (out / ".git").stat().st_ino == repository
    assert (out / "01-network" / "empty" / "folder").is_dir()
    assert (out / "mine" / "empty").is_dir()
    assert " D 01-state/main.tf" in git(out, "status", "--short")


def test_a_folder_that_others_and_the_bundle_fill_is_merged(shop, out):
    write_bundle(shop, out)
    (out / ".github" / "workflows" / "empty").mkdir(parents=True)
    (out / ".github" / "workflows" / "mine.yml").write_text("mine")
    write_bundle(shop, out, workflow=True)
    assert {path.name for path in (out / ".github" / "workflows").iterdir()} == {
        *("empty", "mine.yml", "terraform.yml"),
    }


def test_two_files_of_others_for_one_place_are_refused(shop, out):
    write_bundle(shop, out)
    (out / "01-network").mkdir()
    for folder in ("01-network", "02-network"):
        (out / folder / "notes.txt").write_text(folder)
    before = contents(out)
    with pytest.raises(HandoffError, match=r"no place in the new bundle: 0\d-network/notes\.txt"):
        write_bundle(shop, out, names=["network"])
    assert contents(out) == before


# Renames within the bundle work, that of the folder fails at its last step.
SWAP_FAILS = """
from pathlib import Path
from terratiers.core.synthesis import read_synthesis
from terratiers.handoff.bundle import write_bundle
rename = Path.rename
def fail_at_the_end(self, target):
    if self.name == "new":
        raise OSError("no swap")
    return rename(self, target)
Path.rename = fail_at_the_end
write_bundle(read_synthesis("{source}"), Path("{out}"), names=["network", "web"])
"""


def test_what_is_of_others_is_put_back_after_a_fault(shop, out, tmp_path):
    write_bundle(shop, out)
    (out / ".git" / "refs").mkdir(parents=True)
    (out / "02-network" / "mine").mkdir()
    before = contents(out)
    program = SWAP_FAILS.format(out=str(out), source=str(tmp_path / "cdktf.out"))
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "cannot be written: no swap" in ended.stderr, ended.stderr
    assert contents(out) == before
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


def test_what_init_makes_goes_with_its_tier(shop, out):
    write_bundle(shop, out)
    (out / "01-state" / ".terraform" / "providers").mkdir(parents=True)
    (out / "01-state" / ".terraform" / "terraform.tfstate").write_text("{}")
    (out / "01-state" / ".terraform.lock.hcl").write_text("# lock")
    write_bundle(shop, out, names=["network"])
    assert {path.name for path in out.iterdir() if path.is_dir()} >= {"01-network"}
    assert not (out / "01-state").exists()


def test_the_state_of_a_tier_that_is_gone_is_not_lost(shop, out):
    write_bundle(shop, out)
    (out / "01-state" / "terraform.tfstate").write_text("{}")
    before = contents(out)
    with pytest.raises(
        HandoffError, match=r"no place in the new bundle: 01-state/terraform\.tfstate"
    ):
        write_bundle(shop, out, names=["network"])
    assert contents(out) == before


def test_a_file_of_others_is_not_overwritten(shop, out):
    write_bundle(shop, out)
    (out / "03-web" / "terragrunt.hcl").write_text("# mine")
    with pytest.raises(HandoffError, match=r"no place in the new bundle: 03-web/terragrunt\.hcl"):
        write_bundle(shop, out, terragrunt=True)
    assert (out / "03-web" / "terragrunt.hcl").read_text() == "# mine"


def test_any_other_folder_stays(shop, out):
    out.mkdir()
    (out / "manifest.json").write_text('{"kind": "something else"}')
    with pytest.raises(HandoffError, match="exists and is no bundle"):
        write_bundle(shop, out)
    assert [path.name for path in out.iterdir()] == ["manifest.json"]


def test_an_empty_folder_is_filled_and_a_file_is_not_replaced(shop, out):
    out.mkdir()
    write_bundle(shop, out)
    file = out.parent / "file"
    file.write_text("mine")
    with pytest.raises(HandoffError, match="is no folder"):
        write_bundle(shop, file)
    assert file.read_text() == "mine"


def test_a_fault_leaves_nothing_behind(synthesize, tier_config, tmp_path, out):
    body = {"filename": "/tmp/code.zip"}
    tiers = synthesize({"web": tier_config("web", resource={"aws_lambda_function": {"f": body}})})
    with pytest.raises(HandoffError):
        write_bundle(tiers, out)
    assert [path.name for path in tmp_path.iterdir()] == ["cdktf.out"]


def test_a_name_that_sha256sum_could_not_read_is_refused(bundle_tier, tmp_path, out):
    bundle_tier({"assets/a_0000AAAA/1/back\\slash": b""})
    with pytest.raises(HandoffError, match="printable names"):
        write_bundle(read_synthesis(tmp_path / "cdktf.out"), out)
    assert not out.exists()


@pytest.fixture
def two_environments(synthesize, tier_config):
    shared = tier_config("mail")
    shared["provider"] = {"aws": [{"region": "eu-central-1"}]}
    shared["terraform"]["backend"] = {"s3": {"bucket": "b", "key": "mail"}}
    return synthesize(
        {
            "network": tier_config("network"),
            "network-prod": tier_config("network", environment="prod"),
            "mail": shared,
        }
    )


def test_several_environments_are_bundles_of_their_own(two_environments, out):
    with pytest.raises(HandoffError, match="environments dev, prod: name the one"):
        write_bundle(two_environments, out)
    with pytest.raises(HandoffError, match="no environment test; the program has dev, prod"):
        write_bundle(two_environments, out, environment="test")
    tiers = write_bundle(two_environments, out, environment="prod")
    assert [tier.name for tier in tiers] == ["mail", "network-prod"]
    with pytest.raises(HandoffError, match="no tier network of prod"):
        write_bundle(two_environments, out, environment="prod", names=["network"])


def test_the_state_key_tells_the_environment_where_no_tag_does(synthesize, tier_config, out):
    dev, prod = tier_config("a"), tier_config("b", environment="prod")
    for config in (dev, prod):
        config["provider"] = {}
    tiers = synthesize({"a": dev, "b": prod})
    with pytest.raises(HandoffError, match="environments dev, prod"):
        write_bundle(tiers, out)
    assert [tier.name for tier in write_bundle(tiers, out, environment="prod")] == ["b"]


def test_extras_come_on_request(shop, out):
    write_bundle(shop, out)
    assert not list(out.rglob("*terragrunt*"))
    assert not (out / ".github").exists()
    write_bundle(shop, out, terragrunt=True, workflow=True)
    assert list(out.rglob("*terragrunt*"))
    assert (out / ".github" / "workflows" / "terraform.yml").is_file()


def test_an_unknown_format_is_refused(shop, out):
    with pytest.raises(HandoffError, match="--format yaml: write one of hcl, json"):
        write_bundle(shop, out, output_format="yaml")
