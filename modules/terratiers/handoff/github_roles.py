"""The trust policies of the two roles that the GitHub Actions workflow takes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.github_workflow import APPLY_ROLE, PLAN_ROLE, deployment_environment

__all__ = ["github_roles"]

_ISSUER = "token.actions.githubusercontent.com"
_PAGE = (
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/"
    "oidc-in-aws"
)


def github_roles(tiers: Sequence[BundleTier]) -> str:
    """What to enter in AWS, in Markdown: `ACCOUNT`, `OWNER` and `REPOSITORY` are to be replaced."""
    environment = deployment_environment(tiers)
    plan = _trust(["pull_request", "ref:refs/heads/main"])
    apply = _trust([f"environment:{environment}"])
    return f"""\
Replace `ACCOUNT`, `OWNER` and `REPOSITORY` ([GitHub]({_PAGE})).

The role of `{PLAN_ROLE}`, with `iam/plan*.json`, trusts pull requests and `main`:

```json
{plan}
```

The role of `{APPLY_ROLE}`, with `iam/apply*.json`, trusts the environment `{environment}` alone,
which its reviewers guard:

```json
{apply}
```

Both are taken on for an hour. If an apply takes longer, raise the role's maximum session duration
and `role-duration-seconds`.
"""


def _trust(subjects: Sequence[str]) -> str:
    who = [f"repo:OWNER/REPOSITORY:{subject}" for subject in subjects]
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::ACCOUNT:oidc-provider/{_ISSUER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{_ISSUER}:aud": "sts.amazonaws.com",
                f"{_ISSUER}:sub": who[0] if len(who) == 1 else who,
            }
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
