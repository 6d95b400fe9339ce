"""Terraform reads the derived HCL as it reads the JSON: the same configuration, the same plan.

Both formats of a tier stand side by side as modules of one root, so that one plan shows both.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import read_synthesis
from terratiers.handoff.bundle_tier import BundleTier, bundle_tiers
from terratiers.handoff.hcl_writer import write_hcl
from terratiers.handoff.provider_schema import load_schemas
from terratiers.local.terraform import Terraform, emulator_environment

import hcl2
import pytest
from cdktf import (
    App,
    FileProvisioner,
    LocalBackend,
    LocalExecProvisioner,
    Precondition,
    SSHProvisionerConnection,
    TerraformCount,
    TerraformIterator,
    TerraformLocal,
    TerraformOutput,
    TerraformResourceLifecycle,
    TerraformStack,
    TerraformVariable,
)
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.instance import Instance
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress

ROOT = Path(__file__).parents[2]
# Two at a time: each tier is two providers of 400 MB.
TIERS = [("state", "web"), ("dns", "serverless"), ("events", "compute"), ("network", "security")]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
REGION = "ap-northeast-2"
FORMATS = ("json", "hcl")


def synthesize(program: Path, folder: Path) -> tuple[BundleTier, ...]:
    environment = {**os.environ, "CDKTF_OUTDIR": str(folder)}
    subprocess.run(
        [sys.executable, program], cwd=program.parent, env=environment, check=True, timeout=120
    )
    return bundle_tiers(read_synthesis(folder))


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> tuple[BundleTier, ...]:
    return synthesize(ROOT / "main.py", tmp_path_factory.mktemp("reference") / "cdktf.out")


def write_json(tier: BundleTier, folder: Path) -> None:
    write_files(folder, {"main.tf.json": json.dumps(tier.config, indent=2)})
    copy_files(tier, folder)


def write_native(tier: BundleTier, folder: Path) -> None:
    write_files(folder, write_hcl(tier, load_schemas([tier])))
    copy_files(tier, folder)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def copy_files(tier: BundleTier, folder: Path) -> None:
    for path, source in tier.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(source.read_bytes())


def made_up(name: str, value: Any, image: str) -> Any:
    """A value of an output's kind, for a state that was never applied."""
    if isinstance(value, dict):
        return {key: made_up(f"{name}-{key}", item, image) for key, item in value.items()}
    if "${" not in value:
        return value
    if name.endswith("arn"):
        return f"arn:aws:iam::123456789012:role/{name}"
    return {"cidr_block": "10.0.0.0/16", "image_id": image}.get(
        "_".join(name.split("_")[-2:]), name
    )


def write_state(tier: BundleTier, file: Path, image: str) -> None:
    """A local state with outputs like the tier's, for those that read it."""
    outputs = {}
    for name, output in tier.config.get("output", {}).items():
        value = made_up(name, output["value"], image)
        kind = ["map", "string"] if isinstance(value, dict) else "string"
        outputs[name] = {"value": value, "type": kind}
    state = {"version": 4, "serial": 1, "lineage": tier.name, "outputs": outputs, "resources": []}
    file.write_text(json.dumps({"terraform_version": "1.11.4", **state}))


def plan_both(
    tiers: Sequence[BundleTier], everyone: Sequence[BundleTier], emulator, folder: Path
) -> dict[str, Any]:
    """The plan of the tiers in both formats, each a module: `network-as-json`, `network-as-hcl`."""
    image = emulator.client("ec2", REGION).describe_images()["Images"][0]["ImageId"]
    modules, outputs = {}, {}
    for tier in tiers:
        write_json(tier, folder / f"{tier.name}-as-json")
        write_native(tier, folder / f"{tier.name}-as-hcl")
        states = tier.config.get("data", {}).get("terraform_remote_state", {})
        local = {}
        for other in everyone:
            if other.name in states:
                write_state(other, folder / f"{other.name}.tfstate", image)
                path = str(folder / f"{other.name}.tfstate")
                local[other.name] = {"backend": "local", "config": {"path": path}}
        for kind in FORMATS:
            name = f"{tier.name}-as-{kind}"
            override = {"data": {"terraform_remote_state": local}} if local else {}
            (folder / name / "override.tf.json").write_text(json.dumps(override))
            modules[name] = {"source": f"./{name}"}
            outputs[name] = {"value": f"${{module.{name}}}", "sensitive": True}
    (folder / "main.tf.json").write_text(json.dumps({"module": modules, "output": outputs}))
    return plan(folder, emulator_environment(emulator.endpoint, REGION))


def plan(folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    terraform = Terraform(folder, environment)
    terraform.init()
    terraform.run("fmt", "-check", "-diff", "-recursive", "-no-color")
    terraform.run("plan", "-no-color", "-out=plan.tfplan")
    found: dict[str, Any] = json.loads(terraform.run("show", "-json", "plan.tfplan"))
    return found


def is_template(value: Any) -> bool:
    """Whether Terraform has something to evaluate in a value of the JSON."""
    if isinstance(value, dict):
        return any(map(is_template, [*value, *value.values()]))
    if isinstance(value, list):
        return any(map(is_template, value))
    return isinstance(value, str) and bool(re.search(r"[$%]\{", re.sub(r"\$\$\{|%%\{", "", value)))


def unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {unescaped(key): unescaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unescaped(item) for item in value]
    return re.sub(r"([$%])\1\{", r"\1{", value) if isinstance(value, str) else value


def differences(left: Any, right: Any, path: str = "") -> Iterator[str]:
    """Where the JSON's part of a plan, `left`, and the HCL's, `right`, differ.

    Of JSON Terraform shows each expression as a constant too, unevaluated: of a template the
    references are compared and, in `planned_values`, what comes of it.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        if "constant_value" in left:
            constant = left["constant_value"]
            if is_template(constant):
                left, right = ({**side, "constant_value": None} for side in (left, right))
            else:
                left = {**left, "constant_value": unescaped(constant)}
        for key in sorted({*left, *right}):
            yield from differences(left.get(key, "-"), right.get(key, "-"), f"{path}/{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif left != right:
        yield f"{path}: {left!r} in JSON is {right!r} in HCL"


def part(found: Mapping[str, Any], tier: str, kind: str) -> dict[str, Any]:
    """What a plan shows of one module, under the name `module.it`."""
    name = f"{tier}-as-{kind}"
    address = f"module.{name}"
    modules = found["planned_values"]["root_module"]["child_modules"]
    configuration = found["configuration"]
    shown = {
        "configuration": configuration["root_module"]["module_calls"][name]["module"],
        "provider_config": {
            key: value
            for key, value in configuration["provider_config"].items()
            if value.get("module_address") == address
        },
        "planned_values": next(m for m in modules if m["address"] == address),
        "output": next(v for k, v in found["output_changes"].items() if k == name),
        "changes": [
            change
            for change in found["resource_changes"]
            if change.get("module_address") == address
        ],
    }
    assert shown["changes"]
    text: dict[str, Any] = json.loads(json.dumps(shown).replace(name, "it"))
    return text


def check(tiers, everyone, emulator, folder) -> None:
    found = plan_both(tiers, everyone, emulator, folder)
    for tier in tiers:
        given, derived = (part(found, tier.name, kind) for kind in FORMATS)
        assert list(differences(given, derived)) == []
        assert unplanned(parsed(folder / f"{tier.name}-as-hcl")) == unplanned(tier.config)


def parsed(folder: Path) -> dict[str, Any]:
    """The HCL files of a folder as python-hcl2 reads them, in the form of Terraform JSON."""
    text = "\n".join(file.read_text("utf-8") for file in sorted(folder.glob("*.tf")))
    config: dict[str, Any] = {}
    for kind, blocks in hcl2.loads(text).items():
        if kind in ("moved", "import", "removed"):
            config[kind] = blocks
        else:
            config[kind] = {}
            for block in blocks:
                merge(config[kind], block)
    return config


def merge(into: dict[str, Any], block: Mapping[str, Any]) -> None:
    for key, value in block.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def unplanned(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan says nothing of, from either format: its texts without spaces and quotes."""
    own = ("lifecycle", "provisioner", "connection")
    resources = plain(config.get("resource", {}))
    return {
        **{
            kind: plain(config.get(kind, {}))
            for kind in ("terraform", "variable", "locals", "check", "moved", "import", "removed")
        },
        "resource": {
            f"{block_type}.{name}": {key: body[key] for key in own if key in body}
            for block_type, bodies in resources.items()
            for name, body in bodies.items()
        },
    }


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            plain(key): plain(item)
            for key, item in value.items()
            if key not in ("//", "__is_block__")
        }
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return items[0] if len(items) == 1 and isinstance(items[0], dict) else items
    if not isinstance(value, str):
        return value
    text = re.sub(r"\s", "", value).strip('"').replace("$${", "${")
    text = re.sub(r"^<<-EOT(.*)EOT$", r"\1", text)
    return text[2:-1] if re.fullmatch(r"\$\{[^{}]*\}", text) else text


@pytest.mark.parametrize("names", TIERS, ids=" and ".join)
def test_tiers_plan_the_same_from_both_formats(reference, emulator, tmp_path, names):
    check([tier for tier in reference if tier.name in names], reference, emulator, tmp_path)


def test_these_are_all_tiers(reference):
    assert sorted(tier.name for tier in reference) == sorted(
        name for pair in TIERS for name in pair
    )


@pytest.mark.parametrize("programs", [EXAMPLES[::2], EXAMPLES[1::2]], ids=["even", "odd"])
def test_examples_plan_the_same_from_both_formats(emulator, tmp_path, programs):
    tiers = [tier for program in programs for tier in synthesize(program, tmp_path / program.stem)]
    check(tiers, tiers, emulator, tmp_path / "work")


SEEN = {
    "constant": ({"constant_value": "80"}, {"constant_value": 80}),
    "references": ({"references": ["a.b", "a"]}, {"references": ["a.c", "a"]}),
    "references of a template": (
        {"constant_value": "${a.b}", "references": ["a.b"]},
        {"references": ["a.c"]},
    ),
    "escape": ({"constant_value": "$${a}"}, {"constant_value": "$${a}"}),
    "block that is an attribute": ({"x": [{"y": {"constant_value": 1}}]}, {"x": {}}),
    "what is missing": ({"x": 1}, {}),
    "order": ([1, 2], [2, 1]),
    "length": ([1], [1, 1]),
    "type": ({"value": True}, {"value": "true"}),
}


@pytest.mark.parametrize(("left", "right"), SEEN.values(), ids=SEEN)
def test_a_difference_would_be_seen(left, right):
    assert list(differences(left, right))


# Texts that programs read in their own ways.
LITERALS = [
    "a",
    "B 1",
    '"',
    "\\",
    "\\n",
    "\\u0041",
    "\n",
    "  ",
    "\t",
    "\r\n",
    "\r",
    "$",
    "%",
    "{",
    "}",
    "~}",
    "${",
    "%{",
    "${~",
    "EOT",
    "EOT\n",
    "<<-EOT\n",
    "#",
    "//",
    "/*",
    "é",
    "e\u0301",
    "한국어",
    "😀",
    "👩\u200d👧",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\u3000",
    "\ufeff",
    "\x00",
    "\x1b",
    "\x7f",
    "\x85",
    "\U000e0001",
]
TEMPLATES = [
    "${local.a}",
    "${ local.n + 1 }",
    "${~ local.a }",
    "${local.a ~}",
    "${~ local.a ~}",
    "${local.a}${local.b}",
    "%{ if local.n > 1 }yes%{ else }no%{ endif }",
    "%{ if true ~}\n  x\n%{ endif ~}\n",
    '%{ for c in ["p", "q"] ~}\n- ${c}\n%{ endfor ~}\n',
    '${join("-", ["a", "}", "${local.b}", "\\"\\n"])}',
    '${jsonencode({"x" = "${local.a}-", "y":[1,2.50,-3],"z z"={}})}',
    "${{ a = 1 }.a}",
    "$${local.a}",
    "%%{ if }",
]
EXPRESSIONS = [
    "-1+ -local.n*(-2)-3",
    "local.n==2&&!false||true",
    "local.n>1?local.a:local.b",
    "[for x in local.list:upper(x)]",
    '{for k,v in {"a"=1,b=2}:k=>v if v>1}',
    'local.map["k-1"]',
    "local.list[*]",
    "local.objects.*.id",
    "local.objects[0].id",
    "max([1,2,3]...)",
    '{"for"=1,"null":2,true=3,"a-b"=4,"c d"=5,(local.a)=6,"${local.b}x"=7}',
    "[]",
    "[{},[]]",
    'merge({"a"=1},\n  # one\n  {"b"=2}, /* two */ {},\n)',
    '[1,\n"two",\n]',
    "{\n a = 1\n b = 2, c = 3\n}",
    "0.1",
    "1e3",
    "12345678901234567890123",
    '"${local.a}"',
    '"${local.n}"',
    '"$${local.a}"',
    'jsonencode({"a"={"b"=[{"c"="d"},{"e"=local.list}]}})',
    "local.n % 2",
    "((1+2)*3)/4",
    'replace("a.b", "/\\\\./", "-")',
    '"a\\tb\\u00e9\\"c\\\\"',
    "[for i,o in local.objects:{i=i,o=o}]",
    "local.n > 1 ? {a=1} : {a=2}",
]
LOCALS = {
    "a": "A",
    "b": " b\n",
    "n": 2,
    "list": ["x", "y"],
    "map": {"k-1": "v", "${1 + 1}": "two"},
    "objects": [{"id": 1}, {"id": 2}],
}


def escaped(text: str) -> str:
    """A template that gives the text."""
    return re.sub(r"([$%])\{", r"\1\1{", text)


def joined(chance: random.Random, pieces: Sequence[str], gap: str) -> str:
    return gap.join(chance.choices(pieces, k=chance.randint(1, 6)))


def outputs_of(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What Terraform makes of the outputs, and of their descriptions, in both formats."""
    tier = BundleTier(1, "texts", config, {}, (), (), {})
    write_json(tier, folder / "json")
    write_native(tier, folder / "hcl")
    found = {}
    for kind in FORMATS:
        shown = plan(folder / kind, emulator_environment("http://127.0.0.1:1"))
        outputs = shown["planned_values"]["outputs"]
        configured = shown["configuration"]["root_module"]["outputs"]
        found[kind] = {
            name: (output["value"], output["type"], configured[name].get("description"))
            for name, output in outputs.items()
        }
    return found


def test_terraform_gives_back_every_text(tmp_path):
    """As a value, a map's key, a description and a variable's default."""
    chance = random.Random(6)
    texts = [*LITERALS, *(joined(chance, LITERALS, "") for _ in range(300))]
    texts += [joined(chance, [*LITERALS, "line\n", "  line\n"], "\n") + "\n" for _ in range(100)]
    config: dict[str, Any] = {"variable": {}, "output": {}}
    for number, text in enumerate(texts):
        config["variable"][f"v{number}"] = {"default": text, "type": "string"}
        config["output"][f"value{number}"] = {"value": escaped(text), "description": text}
        config["output"][f"key{number}"] = {"value": {escaped(text): [escaped(text)]}}
        config["output"][f"variable{number}"] = {"value": f"${{var.v{number}}}"}
    found = outputs_of(config, tmp_path)
    for kind in FORMATS:
        for number, text in enumerate(unicodedata.normalize("NFC", text) for text in texts):
            template = text.removeprefix("\ufeff")  # Terraform takes it for a file's beginning
            value, _, description = found[kind][f"value{number}"]
            assert (value, description) == (template, text)
            assert found[kind][f"key{number}"][0] == {template: [template]}
            assert found[kind][f"variable{number}"][0] == text


def test_terraform_evaluates_every_template_alike(tmp_path):
    chance = random.Random(7)
    literals = [piece for piece in map(escaped, LITERALS) if piece[-1] not in "$%"]
    pieces = [*literals, *TEMPLATES * 3]
    templates = [*TEMPLATES, *(joined(chance, pieces, gap) for gap in ("", "\n") * 150)]
    templates += [joined(chance, pieces, "\n") + "\n" for _ in range(100)]
    expressions = [*EXPRESSIONS, *(f"[{a},{b}]" for a in EXPRESSIONS for b in EXPRESSIONS[::7])]
    values = [*templates, *(f"${{{source}}}" for source in expressions)]
    config = {
        "locals": LOCALS,
        "output": {f"o{number}": {"value": value} for number, value in enumerate(values)},
    }
    found = outputs_of(config, tmp_path)
    for number, value in enumerate(values):
        assert found["hcl"][f"o{number}"] == found["json"][f"o{number}"], value


def odd_program(folder: Path) -> BundleTier:
    """What cdktf can say and most programs do not, and some that only overrides say."""
    app = App(outdir=str(folder))
    stack = TerraformStack(app, "odd")
    LocalBackend(stack, path="terraform.tfstate")
    tags = AwsProviderDefaultTags(tags={"cost:center": "1", "$${x}": "${var.names[0]}"})
    AwsProvider(stack, "aws", region=REGION, default_tags=[tags])
    abroad = AwsProvider(stack, "abroad", alias="abroad", region="us-east-1")
    names = TerraformVariable(
        stack, "names", type="list(string)", default=["a", "b"], description="${not} evaluated"
    )
    names.add_validation(condition="${length(var.names) > 0}", error_message="no name")
    each = TerraformIterator.from_list(names.list_value)
    server = Instance(
        stack,
        "server",
        ami="ami-12345678",
        instance_type="t3.micro",
        count=TerraformCount.of(2),
        ebs_block_device=each.dynamic({"device_name": "/dev/sd${each.value}", "volume_size": 8}),
        user_data='#!/bin/sh\n\necho "$${HOME}" %%{x} \\\n\tend ${var.names[0]}\n',
        lifecycle=TerraformResourceLifecycle(
            ignore_changes="all",
            precondition=[
                Precondition(condition="${var.names != null}", error_message="${var.names[0]}")
            ],
        ),
        provisioners=[
            LocalExecProvisioner(type="local-exec", command="echo ${self.id}", when="destroy"),
            FileProvisioner(
                type="file",
                destination="/x",
                content="a\nb\n",
                connection=SSHProvisionerConnection(type="ssh", host="${self.private_ip}"),
            ),
        ],
    )
    address = Eip(stack, "address", provider=abroad, for_each=each)
    address.move_from_id("aws_eip.old")
    S3Bucket(stack, "bucket", bucket="odd-bucket", provider=abroad).import_from(
        "odd-bucket", abroad
    )
    SecurityGroup(
        stack,
        "group",
        ingress=[
            SecurityGroupIngress(from_port=1, to_port=2, protocol="tcp", cidr_blocks=["10.0.0.0/8"])
        ],
        depends_on=[address],
        lifecycle=TerraformResourceLifecycle(
            ignore_changes=["tags", 'tags["x"]'], replace_triggered_by=["aws_instance.server"]
        ),
    )
    statement = {"geo_match_statement": {"country_codes": ["KR"]}}
    for kind in ("not_statement", "not_statement"):
        statement = {kind: {"statement": statement}}
    metric = {
        "cloudwatch_metrics_enabled": True,
        "metric_name": "m",
        "sampled_requests_enabled": False,
    }
    stack.add_override(
        "resource.aws_wafv2_web_acl.acl",
        {
            "name": "acl",
            "scope": "REGIONAL",
            "default_action": {"allow": {}},
            "visibility_config": metric,
            "rule": [
                {
                    "name": "r",
                    "priority": 1,
                    "action": {"block": {}},
                    "statement": statement,
                    "visibility_config": [metric],
                }
            ],
        },
    )
    TerraformLocal(stack, "odd", {"a b": 0.1, "${var.names[0]}-x": "${var.names}", "80": "80"})
    TerraformOutput(stack, "servers", value=server.fqn, description="100% of ${it}", sensitive=True)
    stack.add_override(
        "output.checked",
        {
            "value": "x",
            "depends_on": ["aws_eip.address", "aws_security_group.group"],
            "precondition": {"condition": "${length(var.names) == 2}", "error_message": "no"},
        },
    )
    stack.add_override(
        "check.account",
        {
            "data": {"aws_caller_identity": {"checked": {"provider": "aws.abroad"}}},
            "assert": {
                "condition": '${data.aws_caller_identity.checked.account_id != ""}',
                "error_message": "no ${data.aws_caller_identity.checked.account_id}",
            },
        },
    )
    stack.add_override("removed", [{"from": "aws_vpc.old", "lifecycle": {"destroy": False}}])
    stack.add_override("ephemeral.aws_eks_cluster_auth.it", {"name": "cluster"})
    stack.add_override(
        "resource.terraform_data.it",
        {"input": {"a": [1, "1", True, None]}, "triggers_replace": ["${local.odd}"]},
    )
    app.synth()
    [tier] = bundle_tiers(read_synthesis(folder))
    return tier


def test_odd_features_plan_the_same_from_both_formats(emulator, tmp_path):
    """As root modules, since only these may import."""
    client = emulator.client("s3")
    client.create_bucket(Bucket="odd-bucket")
    tier = odd_program(tmp_path / "cdktf.out")
    write_json(tier, tmp_path / "json")
    write_native(tier, tmp_path / "hcl")
    given, derived = (
        plan(tmp_path / kind, emulator_environment(emulator.endpoint, REGION)) for kind in FORMATS
    )
    for side in (given, derived):
        del side["timestamp"]
    assert given["resource_changes"]
    assert list(differences(given, derived)) == []
    assert unplanned(parsed(tmp_path / "hcl")) == unplanned(tier.config)
    client.delete_bucket(Bucket="odd-bucket")
