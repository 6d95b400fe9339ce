"""The tags that reach what a launch template starts: `default_tags` of the provider do not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

__all__ = ["check_instance_tags", "default_tags", "warn_of_default_tags"]

DEFAULT_TAGS_UNKNOWN = "default-tags-unknown"
# In a map that is one token, the key is the token
_TOKEN = "{TfToken["
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_MAX_TAGS = 50
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
_METADATA_KEY = re.compile(r"(?!(?:\.|\.\.|_index)\Z)[A-Za-z0-9+\-=.,_:@]+")


def default_tags(scope: Construct) -> dict[str, str] | None:
    """The default tags of the AWS provider in the stack around `scope`.

    None when they are not known: the provider is made later, or its tags are tokens.
    """
    for child in TerraformStack.of(scope).node.children:
        if isinstance(child, AwsProvider) and child.alias is None:
            blocks = child.default_tags_input
            if isinstance(blocks, list):
                known = {key: text for block in blocks for key, text in (block.tags or {}).items()}
                return None if any(_TOKEN in key for key in known) else known
            return {} if blocks is None else None
    return None


def check_instance_tags(faults: Faults, tags: Mapping[str, str], *, in_metadata: bool) -> None:
    """Notes too many tags, and keys that an instance's metadata cannot show."""
    if len(tags) > _MAX_TAGS:
        faults.add(
            f"tags: with the default tags and Name there are {len(tags)}: AWS allows {_MAX_TAGS} "
            "on a resource."
        )
    if not in_metadata:
        return
    # keys that are no strings are refused as tags
    bad = [key for key in tags if isinstance(key, str) and not _METADATA_KEY.fullmatch(key)]
    if bad:
        faults.add(
            f"instance_metadata_tags is True, but the metadata cannot show the tag "
            f"{', '.join(bad)}: EC2 takes letters, digits and + - = . , _ : @ there, no spaces and "
            "slashes; rename it or leave the tags out of the metadata."
        )


def warn_of_default_tags(scope: Construct) -> None:
    """Warns when what is started will lack the provider's default tags."""
    if default_tags(scope) is None:
        warn(
            scope,
            DEFAULT_TAGS_UNKNOWN,
            "the default tags of the stack's provider are not known here, so that instances will "
            "not have them: make the AwsProvider first, its tags literal.",
        )
