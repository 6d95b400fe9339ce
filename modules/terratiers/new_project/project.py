"""The files of a new project, from the templates beside this module."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from string import Template

from terratiers.new_project.errors import NewProjectError

__all__ = ["make_project"]

_TEMPLATES = Path(__file__).with_name("template")
_SUFFIX = ".template"


def make_project(folder: Path, *, project: str, environment: str, region: str) -> tuple[str, ...]:
    """Writes a project into `folder`: all of its files, or nothing.

    Args:
        folder: A folder that does not exist yet, or an empty one.
        project: What the generated program gives to its `Environment`; so are the others.
        environment: The environment's name.
        region: An AWS region.

    Returns:
        The files' paths in the folder, sorted.

    Raises:
        NewProjectError: when something is in the folder, a value is none that an `Environment`
            takes, or the folder cannot be written.
    """
    _check_values(project, environment, region)
    folder = Path(os.path.abspath(folder))
    files = _files(
        project=project,
        environment=environment,
        region=region,
        version=version("terratiers"),
        project_id=str(uuid.uuid4()),
    )
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise NewProjectError(f"{folder} is not an empty folder: name one, or a new one.")
        _write(files, folder)
    except OSError as error:
        raise NewProjectError(f"{folder} cannot be written: {error}.") from error
    return tuple(sorted(files))


def _check_values(project: str, environment: str, region: str) -> None:
    from terratiers import ConfigurationError, Environment

    try:
        Environment(project=project, name=environment, region=region)
    except ConfigurationError as error:
        raise NewProjectError(
            f"{error}\nThe options are --project, --environment (its name) and --region."
        ) from error


def _files(**values: str) -> Mapping[str, str]:
    """The project's files by path; in the templates `$name` stands for a value."""
    files = {}
    for template in sorted(_TEMPLATES.rglob(f"*{_SUFFIX}")):
        path = template.relative_to(_TEMPLATES).as_posix().removesuffix(_SUFFIX)
        name = ".gitignore" if path == "gitignore" else path
        files[name] = Template(template.read_text("utf-8")).substitute(values)
    return files


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Writes all files beside their place, then moves them; a folder that exists stays the same
    one, since a shell may stand in it."""
    exists = folder.exists()
    beside = (folder if exists else folder.parent) / f".terratiers-new-{uuid.uuid4().hex[:8]}"
    try:
        for path, text in files.items():
            (beside / path).parent.mkdir(parents=True, exist_ok=True)
            (beside / path).write_text(text, encoding="utf-8", newline="\n")
        if exists:
            for entry in sorted(beside.iterdir()):
                entry.rename(folder / entry.name)
        else:
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
