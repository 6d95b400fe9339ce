"""Environment, Tier, the contract between tiers, names, tags, errors, the provider loader."""
