"""What `make policy` concludes; those marked `policy` run checkov itself."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tools/policy.py"
CHECKOV = os.environ.get("CHECKOV", str(ROOT / ".venv-policy/bin/checkov"))

spec = importlib.util.spec_from_file_location("tools_policy", SCRIPT)
assert spec
assert spec.loader
policy = importlib.util.module_from_spec(spec)
sys.modules["tools_policy"] = policy
spec.loader.exec_module(policy)

TOPIC = policy.Place("shop", "events", "aws_sns_topic.topic")
QUEUE = policy.Place("shop", "events", "aws_sqs_queue.queue")


def report(*failed, resources=2, unread=()):
    """What checkov prints, as far as it counts."""
    return {
        "results": {
            "failed_checks": [
                {
                    "file_path": f"/{place.program}/{place.tier}/main.tf",
                    "resource": place.address,
                    "check_id": check,
                    "check_name": "Ensure it is encrypted",
                    "guideline": None,
                }
                for place, check in failed
            ],
            "parsing_errors": list(unread),
        },
        "summary": {"resource_count": resources},
    }


def test_without_findings_it_passes():
    verdict = policy.judge(report(), "", {TOPIC: {}, QUEUE: {}})
    assert verdict.passed


def test_a_failed_check_is_named_with_its_place():
    verdict = policy.judge(report((TOPIC, "CKV_AWS_26")), "", {TOPIC: {}, QUEUE: {}})
    assert not verdict.passed
    assert list(policy.describe(verdict, 2)) == [
        f"shop/events aws_sns_topic.topic: CKV_AWS_26 Ensure it is encrypted ({policy.GUIDELINES})",
        "2 resources: 1 failed checks, 0 acknowledged, 0 stale acknowledgements",
    ]


def test_an_acknowledged_one_passes_and_only_at_its_resource():
    failed = [(TOPIC, "CKV_AWS_26"), (QUEUE, "CKV_AWS_26")]
    one = {TOPIC: {"CKV_AWS_26": "no secret in it"}, QUEUE: {}}
    verdict = policy.judge(report(*failed), "", one)
    assert [finding.place for finding in verdict.failed] == [QUEUE]
    both = {place: {"CKV_AWS_26": "no secret in it"} for place in (TOPIC, QUEUE)}
    verdict = policy.judge(report(*failed), "", both)
    assert verdict.passed
    assert len(verdict.acknowledged) == 2


def test_a_decision_is_stale_when_the_check_fails_at_none_of_its_resources():
    both = {place: {"CKV_AWS_26": "no secret in it"} for place in (TOPIC, QUEUE)}
    assert policy.judge(report((TOPIC, "CKV_AWS_26")), "", both).passed
    verdict = policy.judge(report((TOPIC, "CKV_AWS_27")), "", both)
    assert verdict.stale == (
        "shop/events aws_sns_topic.topic, shop/events aws_sqs_queue.queue: CKV_AWS_26 does not "
        "fail any more: take the acknowledgement away (no secret in it)",
    )


@pytest.mark.parametrize(
    ("given", "log", "skips", "message"),
    [
        (report(resources=1), "", {TOPIC: {}, QUEUE: {}}, "checkov saw 1 of 2 resources."),
        ({"passed": 0, "resource_count": 0}, "", {TOPIC: {}}, "checkov saw 0 of 1 resources."),
        (report(resources=0), "", {}, "there is no resource to scan."),
        (report(resources=1, unread=["/a.tf"]), "", {TOPIC: {}}, "checkov could not read /a.tf."),
        (
            report(resources=1),
            "[ERROR] Failed to run check CKV_AWS_1\n",
            {TOPIC: {}},
            "checkov: [ERROR] Failed to run check CKV_AWS_1",
        ),
    ],
    ids=["one unseen", "none seen", "nothing there", "unreadable", "a check that broke"],
)
def test_a_scan_that_saw_too_little_does_not_count(given, log, skips, message):
    verdict = policy.judge(given, log, skips)
    assert verdict.trouble == (message,)
    assert not verdict.passed


def test_comments_that_skip_are_not_shown_to_checkov():
    text = 'resource "a" "b" {\n  # checkov:skip=CKV_AWS_26:no secret in it\n  name = "b"\n}\n'
    assert policy._SKIP_COMMENT.sub("", text) == 'resource "a" "b" {\n  name = "b"\n}\n'


PROGRAM = """
from terratiers import App, acknowledge
from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic

app = App()
stack = TerraformStack(app, "stack")
AwsProvider(stack, "aws", region="eu-central-1")
{body}
app.synth()
"""
OPEN = 'SnsTopic(stack, "topic", name="topic")'
SEALED = 'SnsTopic(stack, "topic", name="topic", kms_master_key_id="alias/aws/sns")'
ACCEPT = 'acknowledge(stack, "CKV_AWS_26", reason="no secret in it")'


@pytest.fixture
def scan(tmp_path):
    """Runs the script on programs of these names and bodies."""

    def run(**bodies):
        programs = []
        for name, body in bodies.items():
            programs.append(tmp_path / f"{name}.py")
            programs[-1].write_text(PROGRAM.format(body=body), "utf-8")
        command = [sys.executable, str(SCRIPT), "--checkov", CHECKOV, *map(str, programs)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.mark.policy
def test_what_is_right_or_acknowledged_passes(scan):
    done = scan(sealed=SEALED, accepted=f"{OPEN}\n{ACCEPT}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "2 resources: 0 failed checks, 1 acknowledged, 0 stale acknowledgements\n"


@pytest.mark.policy
def test_a_planted_fault_and_a_stale_acknowledgement_fail(scan):
    done = scan(planted=OPEN, stale=f"{SEALED}\n{ACCEPT}")
    assert done.returncode == 1
    failed, stale, _ = done.stdout.splitlines()
    assert failed.startswith("planted/stack aws_sns_topic.topic: CKV_AWS_26 Ensure ")
    assert stale.startswith("stale/stack aws_sns_topic.topic: CKV_AWS_26 does not fail any more")


@pytest.mark.policy
def test_a_program_that_makes_nothing_fails(scan):
    done = scan(empty="")
    assert done.returncode == 1
    assert "there is no resource to scan." in done.stdout


@pytest.mark.policy
def test_a_program_that_breaks_fails(scan):
    done = scan(broken="raise SystemExit('no')")
    assert done.returncode == 1
    assert done.stderr.endswith("broken.py failed: see above.\n")


@pytest.mark.policy
def test_without_checkov_it_says_where_it_comes_from(tmp_path):
    (tmp_path / "sealed.py").write_text(PROGRAM.format(body=SEALED), "utf-8")
    command = [sys.executable, str(SCRIPT), "--checkov", "nowhere", str(tmp_path / "sealed.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("nowhere is not there: run `make policy`.\n")
