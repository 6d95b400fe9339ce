"""Records what the AWS provider calls while a synthesized program lives: the input of
generate_permissions.py.

Applies every tier to an emulator, plans, changes (tags and a few settings), changes the tags back,
and destroys everything, with Terraform's log in JSON. Of each log only the provider's requests are
kept: `<logs>/<phase>.<tier>.jsonl`. A tier that fails is reported and left; what was recorded
counts.

    CDKTF_OUTDIR=/tmp/calls/out python main.py
    python tools/record_provider_calls.py /tmp/calls/out /tmp/calls/logs
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import SynthesizedTier, read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.local.emulator import Emulator, emulator_for_tests
from terratiers.local.errors import LocalError

_TAG = "Recorded"
# Changed in place, so that the provider's updates are recorded, too.
_CHANGES: dict[str, dict[str, Any]] = {
    "aws_apigatewayv2_api": {"description": "changed"},
    "aws_api_gateway_rest_api": {"description": "changed"},
    "aws_autoscaling_group": {"health_check_grace_period": 200},
    "aws_cloudwatch_log_group": {"retention_in_days": 400},
    "aws_iam_role": {"max_session_duration": 7200, "description": "changed"},
    "aws_kms_key": {"description": "changed", "rotation_period_in_days": 400},
    "aws_lambda_function": {"memory_size": 512},
    "aws_lb": {"idle_timeout": 77},
    "aws_lb_target_group": {"deregistration_delay": 77},
    "aws_route53_zone": {"comment": "changed"},
    "aws_sqs_queue": {"visibility_timeout_seconds": 99},
    "aws_ssm_parameter": {"description": "changed"},
    "aws_vpc_security_group_ingress_rule": {"description": "changed"},
    "aws_wafv2_web_acl": {"description": "changed"},
}


class RecordedDeployment(Deployment):
    """A deployment whose Terraform writes its log to `logs`, one file a phase and tier."""

    def __init__(self, outdir: Path, emulator: Emulator, work_dir: Path, logs: Path) -> None:
        super().__init__(read_synthesis(outdir), emulator, work_dir)
        self.phase = ""
        self._logs = logs

    def environment(self, tier: SynthesizedTier) -> dict[str, str]:
        log = self._logs / f"{self.phase}.{tier.name}.log"
        return {**super().environment(tier), "TF_LOG": "JSON", "TF_LOG_PATH": str(log)}

    def run(self, phase: str, step: Callable[[SynthesizedTier], object]) -> None:
        """One phase over all tiers; the requests of each are kept."""
        self.phase = phase
        for tier in self.tiers:
            try:
                step(tier)
                print(f"{phase} {tier.name}", flush=True)
            except LocalError as error:
                print(f"{phase} {tier.name} FAILED: {error}", flush=True)
            self.keep_requests()

    def keep_requests(self) -> None:
        """Replaces the logs by the provider's requests in them."""
        for log in self._logs.glob("*.log"):
            with log.open(encoding="utf-8", errors="replace") as lines:
                requests = [line for line in lines if "HTTP Request Sent" in line]
            with log.with_suffix(".jsonl").open("a", encoding="utf-8") as kept:
                kept.writelines(requests)
            log.unlink()


def main(outdir: Path, logs: Path) -> None:
    logs = logs.resolve()  # Terraform runs elsewhere
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, emulator_for_tests(Path(folder)) as emulator:
        deployment = RecordedDeployment(outdir, emulator, Path(folder) / "work", logs)
        deployment.run("create", lambda tier: deployment.prepare(tier).apply())
        deployment.run("plan", lambda tier: deployment.prepare(tier).plan())
        change(outdir, tag="yes")
        deployment.tiers = read_synthesis(outdir)
        deployment.run("update", lambda tier: deployment.prepare(tier).apply())
        change(outdir, tag=None)
        deployment.tiers = read_synthesis(outdir)
        deployment.run("untag", lambda tier: deployment.prepare(tier).apply())
        deployment.phase = "delete"
        for gone in deployment.down():
            print(f"delete {gone.name}", flush=True)
            deployment.keep_requests()


def change(outdir: Path, *, tag: str | None) -> None:
    """Writes `_CHANGES` and the tag into the synthesized files; None takes the tag away."""
    for tier in read_synthesis(outdir):
        config = json.loads((tier.folder / "cdk.tf.json").read_text("utf-8"))
        for provider in config.get("provider", {}).get("aws", []):
            [tags] = provider.setdefault("default_tags", [{}])
            tags["tags"] = {k: v for k, v in tags.get("tags", {}).items() if k != _TAG}
            if tag:
                tags["tags"][_TAG] = tag
        for kind, changes in _CHANGES.items():
            for body in config.get("resource", {}).get(kind, {}).values():
                body.update(changes)
        (tier.folder / "cdk.tf.json").write_text(json.dumps(config), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
