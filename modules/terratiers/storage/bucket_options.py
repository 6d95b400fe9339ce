"""The options of a bucket: encryption, lifecycle, CORS, access logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_choice,
    check_int,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.security.key import KeyBase

if TYPE_CHECKING:
    from terratiers.storage.imported_bucket import BucketBase

__all__ = [
    "ABORT_RULE",
    "AccessLogs",
    "BucketEncryption",
    "CorsRule",
    "LifecycleRule",
    "ObjectOwnership",
    "StorageClass",
    "Transition",
]

ABORT_RULE = "abort-incomplete-uploads"
_DAYS = 36_500
_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")


class ObjectOwnership:
    """Who owns objects that others upload, and whether ACLs count at all."""

    BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"
    BUCKET_OWNER_PREFERRED = "BucketOwnerPreferred"
    OBJECT_WRITER = "ObjectWriter"
    ALL = (BUCKET_OWNER_ENFORCED, BUCKET_OWNER_PREFERRED, OBJECT_WRITER)


class StorageClass:
    """Where old objects go; the cheaper, the slower or the longer they have to stay."""

    STANDARD_IA = "STANDARD_IA"
    ONEZONE_IA = "ONEZONE_IA"
    INTELLIGENT_TIERING = "INTELLIGENT_TIERING"
    GLACIER_IR = "GLACIER_IR"
    GLACIER = "GLACIER"
    DEEP_ARCHIVE = "DEEP_ARCHIVE"
    ALL = (STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE)
    """In the order in which an object may pass through them."""


@dataclass(frozen=True)
class BucketEncryption:
    """How objects are encrypted. Made by `s3_managed` or `kms`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
    """

    algorithm: str
    key: KeyBase | None = None

    @classmethod
    def s3_managed(cls) -> BucketEncryption:
        """SSE-S3: keys of S3's own, free of charge."""
        return cls("AES256")

    @classmethod
    def kms(cls, key: KeyBase) -> BucketEncryption:
        """SSE-KMS with a `Key`: who reads needs the key too. Bucket keys keep its price down.

        Args:
            key: A `Key`, made here or imported.
        """
        return cls("aws:kms", key)

    def check(self, faults: Faults) -> None:
        """Notes an encryption that was not made by one of the two makers."""
        if self.algorithm == "aws:kms" and not isinstance(self.key, KeyBase):
            faults.add(
                f"encryption: key is {show(self.key)} ({type(self.key).__name__}): pass a Key, or "
                "one of an existing key made with Key.from_attributes(...)."
            )
        if self.algorithm == "AES256" and self.key is not None:
            faults.add("encryption: SSE-S3 takes no key: write BucketEncryption.kms(key).")
        check_choice(faults, "encryption: algorithm", self.algorithm, ("AES256", "aws:kms"))


@dataclass(frozen=True, kw_only=True)
class Transition:
    """When objects move to another storage class.

    Args:
        storage_class: One of `StorageClass`.
        days: Days after their creation (or, for old versions, after they were replaced):
            0 to 36500; at least 30 for `STANDARD_IA` and `ONEZONE_IA`.
    """

    storage_class: str
    days: int

    def check(self, faults: Faults, label: str) -> None:
        """Notes what S3 would refuse.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
        """
        known = check_choice(
            faults, f"{label}: storage_class", self.storage_class, StorageClass.ALL
        )
        slow = known in (StorageClass.STANDARD_IA, StorageClass.ONEZONE_IA)
        what = f"days before objects move to {known} (S3)"
        check_int(faults, f"{label}: days", self.days, 30 if slow else 0, _DAYS, what)


@dataclass(frozen=True, kw_only=True)
class LifecycleRule:
    """What happens to objects as they age. At least one action.

    Args:
        id: The rule's name, 1 to 255 characters, unique in the bucket.
        prefix: Which objects, by the beginning of their key. Default: all.
        tags: Which objects, by their tags. Default: all.
        expiration_days: Days after which objects are deleted, 1 to 36500.
        noncurrent_version_expiration_days: Days after which replaced versions are deleted,
            1 to 36500.
        transitions: Moves to cheaper storage classes, each later than the one before.
        noncurrent_version_transitions: The same for replaced versions.
        abort_incomplete_multipart_upload_days: Days after which the parts of an upload that was
            never finished are deleted, 1 to 36500. Not together with `tags`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    """

    id: str
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    expiration_days: int | None = None
    noncurrent_version_expiration_days: int | None = None
    transitions: Sequence[Transition] = ()
    noncurrent_version_transitions: Sequence[Transition] = ()
    abort_incomplete_multipart_upload_days: int | None = None

    @property
    def aborts_all_uploads(self) -> bool:
        """Whether it deletes the parts of unfinished uploads everywhere in the bucket."""
        return self.abort_incomplete_multipart_upload_days is not None and not self.prefix

    def check(self, faults: Faults) -> None:
        """Notes what S3 would refuse."""
        rule = "write 1 to 255 printable characters."
        check_string(faults, "lifecycle rule id", self.id, r"[ -~]{1,255}", rule, tokens=False)
        label = f"lifecycle rule {show(self.id)}"
        check_string(
            faults, f"{label}: prefix", self.prefix, r"(?s).{0,1024}",
            "write up to 1024 characters.",
        )  # fmt: skip
        check_tags(faults, f"{label}: tags", self.tags, name_allowed=True)
        days = {
            "expiration_days": self.expiration_days,
            "noncurrent_version_expiration_days": self.noncurrent_version_expiration_days,
            "abort_incomplete_multipart_upload_days": self.abort_incomplete_multipart_upload_days,
        }
        for name, value in days.items():
            if value is not None:
                check_int(faults, f"{label}: {name}", value, 1, _DAYS, "days (S3)")
        for name, moves, end in (
            ("transitions", self.transitions, self.expiration_days),
            (
                "noncurrent_version_transitions",
                self.noncurrent_version_transitions,
                self.noncurrent_version_expiration_days,
            ),
        ):
            _check_transitions(faults, f"{label}: {name}", moves, end)
        moved = bool(self.transitions or self.noncurrent_version_transitions)
        if not moved and not any(value is not None for value in days.values()):
            faults.add(f"{label} does nothing: give it an expiration or a transition.")
        if self.tags and self.abort_incomplete_multipart_upload_days is not None:
            faults.add(f"{label}: uploads have no tags yet: abort them in a rule without tags.")


def _check_transitions(faults: Faults, label: str, moves: object, end: int | None) -> None:
    example = "[Transition(storage_class=StorageClass.GLACIER, days=90)]"
    items = check_sequence(faults, label, moves, example) or ()
    for move in items:
        if isinstance(move, Transition):
            move.check(faults, label)
        else:
            faults.add(f"{label} holds {show(move)}: write {example}.")
    if faults:
        return
    order = [StorageClass.ALL.index(move.storage_class) for move in items]
    days = [move.days for move in items]
    if is_token([*days, end]):
        return
    if order != sorted(set(order)) or days != sorted(set(days)):
        names = ", ".join(f"{move.storage_class} after {move.days} days" for move in items)
        faults.add(
            f"{label} do not lead downwards: {names}; S3 takes them in the order "
            f"{', '.join(StorageClass.ALL)}, each later than the one before."
        )
    if end is not None and days and days[-1] >= end:
        faults.add(
            f"{label}: the last one comes after {days[-1]} days, but objects expire after {end}."
        )


@dataclass(frozen=True, kw_only=True)
class CorsRule:
    """Which web pages may use the bucket from a browser.

    Args:
        allowed_origins: `https://www.example.com`, at most one `*` in each, or `*` for all.
        allowed_methods: Of GET, PUT, POST, DELETE, HEAD.
        allowed_headers: Headers that a page may send, at most one `*` in each. Default: none.
        exposed_headers: Headers that a page may read. Default: none.
        max_age: Seconds for which browsers remember the answer, 0 to 86400. Default: 3600.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
    """

    allowed_origins: Sequence[str]
    allowed_methods: Sequence[str]
    allowed_headers: Sequence[str] = ()
    exposed_headers: Sequence[str] = ()
    max_age: int = 3600

    def check(self, faults: Faults) -> None:
        """Notes what S3 would refuse."""
        for name, values, needed in (
            ("allowed_origins", self.allowed_origins, True),
            ("allowed_methods", self.allowed_methods, True),
            ("allowed_headers", self.allowed_headers, False),
            ("exposed_headers", self.exposed_headers, False),
        ):
            items = check_sequence(faults, f"cors: {name}", values, '["..."]')
            if items is not None and not items and needed:
                faults.add(f"cors: {name} is empty: name at least one.")
            for item in items or ():
                self._check_item(faults, name, item)
        check_int(faults, "cors: max_age", self.max_age, 0, 86_400, "seconds")

    def _check_item(self, faults: Faults, name: str, item: object) -> None:
        if name == "allowed_methods":
            check_choice(faults, f"cors: {name}", item, _METHODS)
        elif name == "allowed_origins":
            rule = "write https://www.example.com (no path), with at most one *, or *."
            pattern = r"\*|[a-z][a-z0-9+.-]*://(?=.)[^*/\s]*\*?[^*/\s]*"
            check_string(faults, f"cors: {name}:", item, pattern, rule)
        else:
            star = r"\*?" if name == "allowed_headers" else ""
            rule = "write a header's name" + (", with at most one *." if star else ".")
            pattern = rf"[A-Za-z0-9-]*{star}[A-Za-z0-9-]*(?<=.)"
            check_string(faults, f"cors: {name}:", item, pattern, rule)


@dataclass(frozen=True, kw_only=True)
class AccessLogs:
    """Where S3 writes down each request to the bucket.

    Args:
        bucket: Another `Bucket` of the same account and region with SSE-S3. When it is made in
            this program, its policy is extended; one of another tier or team has to admit
            `logging.s3.amazonaws.com` by itself (`Bucket.admit_access_logs`).
        prefix: What the logs' keys begin with. Default: `<bucket's id>/`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """

    bucket: BucketBase
    prefix: str | None = None
