"""The code of a Lambda function: a folder, a file, or an object in a bucket."""

from __future__ import annotations

import atexit
import base64
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_bool, check_sequence, check_string, show
from terratiers.serverless.function_requirements import (
    REQUIREMENTS,
    check_pins,
    vendored_files,
)
from terratiers.serverless.runtime import Runtime
from terratiers.serverless.zip_builder import (
    UNZIPPED_LIMIT,
    ZIPPED_LIMIT,
    CodeError,
    build_zip,
    read_tree,
)
from terratiers.storage.imported_bucket import BucketBase

from cdktf import AssetType, TerraformAsset
from constructs import Construct

__all__ = ["BoundCode", "Code", "CodeFiles"]

CODE_WITHOUT_VERSION = "lambda-code-without-version"
_ARCHIVES = (".zip", ".jar")
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class CodeFiles:
    """The content of a function's code, read once.

    Args:
        files: Each file by its name in the zip.
        archive: The zip.
    """

    files: dict[str, bytes]
    archive: bytes


@dataclass(frozen=True, kw_only=True)
class BoundCode:
    """What `aws_lambda_function` says of its code: a file's path and hash, or an object."""

    filename: str | None = None
    source_code_hash: str | None = None
    s3_bucket: str | None = None
    s3_key: str | None = None
    s3_object_version: str | None = None


@dataclass(frozen=True)
class Code:
    """The code of a function. Made by `from_asset` and `from_bucket`, never by hand.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
    """

    path: object = None
    exclude: object = ()
    install_requirements: object = False
    bucket: object = None
    key: object = None
    version: object = None

    @classmethod
    def from_asset(
        cls, path: str | Path, *, exclude: Sequence[str] = (), install_requirements: bool = False
    ) -> Code:
        """A folder, one file, or a zip that is taken as it is.

        The zip is the same on every machine: only names and contents count, not dates, modes or
        order. It is not compressed, so the code may have 50 MB in all; for more, build a zip and
        use `from_bucket`.

        Args:
            path: The folder, whose files come to lie at the top of the zip; a file; or a `.zip`
                or `.jar`. Relative to the working directory.
            exclude: What to leave out besides caches and `.git`: `tests`, `*.md`, `docs/*`.
                Default: nothing.
            install_requirements: Whether pip installs the folder's `requirements.txt` into the
                zip, for the function's runtime and architecture: wheels alone, each with one
                version (`name==version`). Default: no; boto3 is in the runtime.
        """
        return cls(path=path, exclude=exclude, install_requirements=install_requirements)

    @classmethod
    def from_bucket(cls, bucket: BucketBase | str, key: str, version: str | None = None) -> Code:
        """A zip in a bucket of the function's region.

        Args:
            bucket: A `Bucket`, made here or imported, or a bucket's name.
            key: The object's key, 1 to 1024 characters.
            version: The object's version. Without it Terraform does not see new code; that
                warns (`lambda-code-without-version`).
        """
        return cls(bucket=bucket, key=key, version=version)

    def read(
        self, faults: Faults, scope: Construct, runtime: Runtime | None, architecture: object
    ) -> CodeFiles | None:
        """Notes what Lambda would refuse; the files, where the code is an asset."""
        if self.path is None and self.bucket is not None:
            self._check_object(faults, scope)
            return None
        patterns = _check_exclude(faults, self.exclude)
        install = check_bool(faults, "code: install_requirements", self.install_requirements)
        path = _check_path(faults, self.path)
        if path is None or patterns is None or install is None:
            return None
        try:
            if path.is_file():
                return _of_file(path, patterns, install)
            found = read_tree(path, patterns)
            if install:
                _add_requirements(found, runtime, architecture)
            return _zipped(path, found)
        except CodeError as error:
            faults.add(f"code {path}: {error}")
        except OSError as error:
            faults.add(f"code {path} cannot be read: {error.strerror or error}.")
        return None

    def bind(self, owner: Construct, read: CodeFiles | None) -> BoundCode:
        """Puts the zip beside the synthesized JSON, or names the object."""
        if read is None:
            if self.version is None:
                warn(
                    owner,
                    CODE_WITHOUT_VERSION,
                    f"code {self.key} has no version: Terraform does not see when it changes.",
                )
            bucket = self.bucket
            return BoundCode(
                s3_bucket=bucket.bucket_name if isinstance(bucket, BucketBase) else str(bucket),
                s3_key=str(self.key),
                s3_object_version=None if self.version is None else str(self.version),
            )
        digest = hashlib.sha256(read.archive).digest()
        asset = TerraformAsset(
            owner,
            "code",
            path=str(_written(read.archive, digest.hex())),
            type=AssetType.FILE,
            asset_hash=digest.hex()[:32],
        )
        return BoundCode(
            filename=asset.path, source_code_hash=base64.b64encode(digest).decode("ascii")
        )

    def _check_object(self, faults: Faults, scope: Construct) -> None:
        if isinstance(self.bucket, BucketBase):
            check_same_stack(faults, "code: bucket", self.bucket, scope)
        else:
            rule = "pass a Bucket, or a bucket's name."
            check_string(
                faults, "code: bucket", self.bucket, r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", rule
            )
        rule = "write the object's key, 1 to 1024 characters."
        check_string(faults, "code: key", self.key, r"(?s).{1,1024}", rule)
        if self.version is not None:
            rule = "write the object's version, 1 to 1024 characters."
            check_string(faults, "code: version", self.version, r"\S{1,1024}", rule)


def _check_path(faults: Faults, value: object) -> Path | None:
    if not isinstance(value, (str, Path)) or not str(value) or is_token(str(value)):
        faults.add(f"code: path is {show(value)} ({type(value).__name__}): write a folder or file.")
        return None
    path = Path(value)
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        faults.add(f"code {show(str(value))} does not exist, seen from {Path.cwd()}.")
        return None
    return path


def _check_exclude(faults: Faults, value: object) -> tuple[str, ...] | None:
    items = check_sequence(faults, "code: exclude", value, '["tests", "*.md"]')
    if items is None:
        return None
    rule = "write a name or a path below the folder, like tests, *.md or docs/*."
    pattern = r"(?![/*]*\Z)(?!/)(?!(.*/)?\.\.(/|\Z))[^\\]{1,255}"
    checked = [
        check_string(faults, "code: exclude", item, pattern, rule, tokens=False) for item in items
    ]
    return None if None in checked else tuple(str(item).rstrip("/") for item in items)


def _of_file(path: Path, exclude: Sequence[str], install: bool) -> CodeFiles:
    if exclude or install:
        raise CodeError("exclude and install_requirements are for folders: leave them out.")
    content = path.read_bytes()
    if path.suffix not in _ARCHIVES:
        return _zipped(path, {path.name: content})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > UNZIPPED_LIMIT:
                raise CodeError("it has more than 250 MB unzipped, which is Lambda's limit.")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise CodeError(f"it is no zip that can be read: {error}.") from None
    return _checked(path, files, content)


def _add_requirements(
    files: dict[str, bytes], runtime: Runtime | None, architecture: object
) -> None:
    if REQUIREMENTS not in files:
        raise CodeError(f"it has no {REQUIREMENTS}: add one, or leave install_requirements out.")
    try:
        text = files[REQUIREMENTS].decode()
    except UnicodeDecodeError:
        raise CodeError(f"{REQUIREMENTS} is no text in UTF-8.") from None
    check_pins(text)
    if runtime is None or architecture not in runtime.architectures:
        return
    if runtime.language != "python" or runtime.os == "al1":
        raise CodeError(f"install_requirements is for Python, and not for {runtime.name}.")
    for name, content in vendored_files(text, runtime, str(architecture)).items():
        if files.setdefault(name, content) != content:
            raise CodeError(f"{name} is in the folder and in a requirement: rename one.")


def _zipped(path: Path, files: dict[str, bytes]) -> CodeFiles:
    return _checked(path, files, build_zip(files))


def _checked(path: Path, files: dict[str, bytes], archive: bytes) -> CodeFiles:
    if not files:
        raise CodeError("it has no file: Lambda wants code.")
    if sum(map(len, files.values())) > UNZIPPED_LIMIT:
        raise CodeError("it has more than 250 MB, Lambda's limit: exclude what is not needed.")
    if len(archive) > ZIPPED_LIMIT:
        raise CodeError(
            f"the zip has {len(archive) / _MEBIBYTE:.1f} MB, and Lambda takes 50 MB directly: "
            "exclude what is not needed, or use Code.from_bucket(...)."
        )
    return CodeFiles(files, archive)


def _written(archive: bytes, digest: str) -> Path:
    """The zip as a file, until this process ends; synthesis copies it beside the stack's JSON."""
    folder = _folder() / digest
    folder.mkdir(exist_ok=True)
    file = folder / "code.zip"
    if not file.exists():
        file.write_bytes(archive)
    return file


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="terratiers-code-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
