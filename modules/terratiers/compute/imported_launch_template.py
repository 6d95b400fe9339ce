"""What every launch template offers, made here or imported, and the imported one."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.contract import output
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import check_instance, check_scope, check_string

from constructs import Construct

__all__ = ["ImportedLaunchTemplate", "LaunchTemplateAttributes", "LaunchTemplateBase"]


@dataclass(frozen=True, kw_only=True)
class LaunchTemplateAttributes:
    """The contract of a `LaunchTemplate`.

    Args:
        launch_template_id: `lt-...`.
        latest_version: The number of its newest version. `$Latest` and `$Default` are taken too,
            but then no plan tells of a new version, and no group is rolled by it.
    """

    launch_template_id: str = output("Id of the launch template")
    latest_version: str = output("Number of the launch template's newest version")


class LaunchTemplateBase(SharedConstruct[LaunchTemplateAttributes]):
    """What a template made here and an imported one have in common."""

    Attributes = LaunchTemplateAttributes

    @property
    def launch_template_id(self) -> str:
        return self.attributes.launch_template_id

    @property
    def latest_version(self) -> str:
        """The number of its newest version: a group that names it is rolled by another one."""
        return self.attributes.latest_version


class ImportedLaunchTemplate(LaunchTemplateBase):
    """A template that is not made here. Use `LaunchTemplate.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: LaunchTemplateAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'LaunchTemplateAttributes(launch_template_id="lt-...", latest_version="3")'
        given = check_instance(faults, "attributes", attributes, LaunchTemplateAttributes, example)
        if given:
            rule = "write an id like lt-0123456789abcdef0."
            pattern = r"lt-[0-9a-f]{17}"
            check_string(faults, "launch_template_id", given.launch_template_id, pattern, rule)
            rule = 'write a number as text, like "3", or $Latest or $Default.'
            pattern = r"[1-9][0-9]{0,8}|\$Latest|\$Default"
            check_string(faults, "latest_version", given.latest_version, pattern, rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
