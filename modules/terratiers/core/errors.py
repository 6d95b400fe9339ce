"""Errors that tell construct, value, limit and remedy; several faults are reported together."""

from __future__ import annotations

from constructs import Construct, IConstruct

__all__ = ["ConfigurationError", "Faults"]


class ConfigurationError(ValueError):
    """Input that AWS, Terraform or this library would refuse, found before any resource exists.

    `construct` is the path of the construct at fault (`network/vpc`) and `faults` holds one
    sentence for each fault: the argument, its value, the limit and what to write instead.
    """

    def __init__(self, construct: str, *faults: str) -> None:
        self.construct = construct
        self.faults = faults
        super().__init__(
            f"{construct}: {faults[0]}"
            if len(faults) == 1
            else "\n".join([f"{construct}: {len(faults)} faults", *(f"  - {f}" for f in faults)])
        )


class Faults:
    """Collects the faults of one construct, so that all of them are reported at once.

    >>> faults = Faults(None, "vpc")
    >>> faults.add("max_azs is 9: a VPC here spans 1 to 6 availability zones.")
    >>> faults.raise_any()
    Traceback (most recent call last):
    terratiers.core.errors.ConfigurationError: vpc: max_azs is 9: a VPC here spans 1 to 6 ...
    """

    def __init__(self, scope: IConstruct | None, id: object) -> None:
        self._scope = scope
        self._id = id
        self._messages: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._messages)

    def add(self, message: str) -> None:
        """Notes one fault; a message already noted is not repeated.

        Args:
            message: One sentence: the argument, its value, the limit and what to write instead.
        """
        if message not in self._messages:
            self._messages.append(message)

    def raise_any(self) -> None:
        """Raises one `ConfigurationError` with all faults so far, if there are any."""
        if self._messages:
            raise ConfigurationError(self.path, *self._messages)

    @property
    def path(self) -> str:
        """The construct's path, e.g. `network/vpc`: the parent's path and the id."""
        own = self._id if isinstance(self._id, str) and self._id else repr(self._id)
        parent = self._scope.node.path if isinstance(self._scope, Construct) else ""
        return f"{parent}/{own}" if parent else own
