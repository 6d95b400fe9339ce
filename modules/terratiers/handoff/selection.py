"""Which of the synthesized tiers go into a bundle."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from terratiers.core.synthesis import SynthesizedTier
from terratiers.handoff.errors import HandoffError

__all__ = ["choose_tiers"]

_STATE_KEY = re.compile(r"[^/]+/([^/]+)/[^/]+\.tfstate")


def choose_tiers(
    tiers: Sequence[SynthesizedTier],
    *,
    environment: str | None = None,
    names: Collection[str] = (),
) -> tuple[str, ...]:
    """The names of the tiers that go into a bundle, in order.

    A bundle holds one environment: its account, its state bucket, and the approval of those who
    run it differ from any other's. A tier's environment is its tag `Environment` or, without one,
    told by its state's key `<project>/<environment>/<tier>.tfstate`; tiers that tell none are
    shared, and in every bundle.

    Args:
        tiers: Every tier of the program.
        environment: The environment. Default: the only one there is.
        names: Tiers to pick of it. Default: all.

    Raises:
        HandoffError: when there are several environments, or no tier of that name.
    """
    told = {tier.name: _environment_of(tier) for tier in tiers}
    environments = sorted({name for name in told.values() if name})
    if environment is None and len(environments) > 1:
        raise HandoffError(
            f"the program has the environments {', '.join(environments)}: name the one of this "
            "bundle with --environment."
        )
    if environment is not None and environment not in environments:
        raise HandoffError(
            f"there is no environment {environment}; the program has "
            f"{', '.join(environments) or 'none'}."
        )
    found = [name for name, of in told.items() if not environment or of in (environment, None)]
    unknown = sorted(set(names) - set(found))
    if unknown:
        where = f" of {environment}" if environment else ""
        raise HandoffError(f"there is no tier {unknown[0]}{where}: it has {', '.join(found)}.")
    if not found:
        raise HandoffError("the program has no tiers.")
    return tuple(name for name in found if not names or name in names)


def _environment_of(tier: SynthesizedTier) -> str | None:
    providers = tier.config.get("provider", {}).get("aws", [])
    for provider in providers if isinstance(providers, list) else [providers]:
        blocks = provider.get("default_tags", [])
        for block in blocks if isinstance(blocks, list) else [blocks]:
            if "Environment" in block.get("tags", {}):
                return str(block["tags"]["Environment"])
    key = _STATE_KEY.fullmatch(tier.state_key) if tier.backend[0] == "s3" else None
    return key[1] if key else None
