"""How secrets look: exact forms of keys and tokens, and names that announce one."""

from __future__ import annotations

import re

__all__ = ["ASSIGNMENTS", "PATTERNS", "SECRET_FILES", "SECRET_KEY"]

# Kind, a piece of text that every match contains, and the form. Sources: each vendor's page on its
# tokens, and the rules of https://github.com/gitleaks/gitleaks (config/gitleaks.toml).
# AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
# GitHub: https://docs.github.com/en/authentication (about authentication, token formats)
# AWS's own examples end with EXAMPLE and are none.
PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, keyword, re.compile(pattern))
    for kind, keyword, pattern in (
        ("a private key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
        ("an AWS access key", "AKIA", r"\bAKIA(?![A-Z2-7]{9}EXAMPLE)[A-Z2-7]{16}\b"),
        ("a temporary AWS access key", "ASIA", r"\bASIA(?![A-Z2-7]{9}EXAMPLE)[A-Z2-7]{16}\b"),
        (
            "an AWS secret access key",
            "",
            r"(?i)secret_?access_?key\b[\"'\\]*\s*(?::|=>?)\s*[\"'\\]*"
            r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])(?<!EXAMPLEKEY)",
        ),
        ("a GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
        ("a GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{82}\b"),
        ("a GitLab token", "glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}"),
        ("a Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("a Slack webhook", "hooks.slack.com/", r"hooks\.slack\.com/services/T\w+/B\w+/\w{16,}"),
        ("a Stripe key", "k_live_", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
        ("a Google API key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}\b"),
        ("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("a PyPI token", "pypi-AgEI", r"\bpypi-AgEI[A-Za-z0-9_-]{50,}"),
        ("a SendGrid key", "SG.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
        ("a HCP Terraform token", ".atlasv1.", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}"),
        ("a Vault token", "hvs.", r"\bhvs\.[A-Za-z0-9_-]{24,}"),
        ("an Anthropic key", "sk-ant-", r"\bsk-ant-[A-Za-z0-9_-]{40,}"),
        ("an OpenAI key", "sk-", r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}"),
        (
            "a JSON web token",
            "eyJ",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
        ),
        (
            "a password in a URL",
            "://",
            r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'$<>{}%]+:[^\s/:@\"'$<>{}%]{3,}@[A-Za-z0-9.-]+",
        ),
    )
)

_WORDS = (
    r"(?:password|passwd|passphrase|secret|secret_?key|secret_?access_?key|client_?secret"
    r"|api_?key|private_?key|access_?token|auth_?token|token)"
)

SECRET_KEY = re.compile(rf"(?:^|_){_WORDS}$")
"""The name of an argument, variable or setting that holds a secret, in lower snake case."""

# In texts of the program's own, such as user data; not in files, where libraries document
# themselves with made-up passwords.
ASSIGNMENTS = (
    re.compile(
        rf"(?i)\b\w*{_WORDS}\\?[\"']?\s*(?::|=>?)\s*\\?(?P<q>[\"'])"
        r"(?!/|arn:)[^\s\"'\\$<>{}()]{6,}\\?(?P=q)"
    ),
    re.compile(
        r"(?m)^\s*(?:export\s+)?\w*(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|API_KEY|TOKEN)="
        r"(?!/|arn:)[^\s\"'\\$<>{}()`;|&]{6,}"
    ),
)

SECRET_FILES = re.compile(
    r"(?:^|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.env(?:\.(?!example|sample|template)\w+)?"
    r"|\.netrc|\.pgpass|\.git-credentials|\.aws/credentials|terraform\.tfstate[^/]*"
    r"|[^/]+\.(?:p12|pfx|jks|kdbx|ppk))$"
)
"""Paths of files that are made to hold secrets."""
