from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

from terratiers.serverless import zip_builder
from terratiers.serverless.zip_builder import CodeError, build_zip, read_tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

FILES = {"handler.py": b"x = 1\n" * 100, "a/b.txt": b"", "a/\u00fc.txt": b"\x00\xff", "B": b"b"}
# Whatever made it: this Python or another, this system or another, today or next year.
DIGEST = "cedc99d9c968e09f230df1f2b815437b3a7a2b6f68baf1d0f8e1c79dd69b1cd0"


def other_pythons():
    """Every Python of this machine that runs."""
    found = {str(path) for path in Path.home().glob(".pyenv/versions/3.1[0-9]*/bin/python")}
    found |= {path for minor in range(10, 16) if (path := shutil.which(f"python3.{minor}"))}
    return [
        path
        for path in sorted({*found, sys.executable})
        if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0
    ]


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_the_bytes_are_those_of_every_other_machine():
    assert hashlib.sha256(build_zip(FILES)).hexdigest() == DIGEST


@pytest.mark.parametrize("python", other_pythons())
def test_other_pythons_make_the_same_bytes(python):
    module = Path(zip_builder.__file__)
    program = (
        "import runpy, hashlib\n"
        f"made = runpy.run_path({str(module)!r})['build_zip']({FILES!r})\n"
        "print(hashlib.sha256(made).hexdigest())\n"
    )
    ended = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == DIGEST, ended.stderr


def test_dates_modes_order_and_place_do_not_count(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    write(first, FILES)
    write(second, dict(reversed(FILES.items())))
    for number, path in enumerate(second.rglob("*")):
        os.utime(path, (number * 1e8, number * 1e8))
        path.chmod(0o700 if path.is_dir() else 0o600 + number % 2 * 0o111)
    assert build_zip(read_tree(first)) == build_zip(read_tree(second))


def test_names_and_contents_count():
    made = {build_zip(files) for files in (
        {"a.py": b"1", "b.py": b"2"},
        {"a.py": b"2", "b.py": b"1"},
        {"a.py": b"1", "c.py": b"2"},
        {"a.py": b"1", "b.py": b"2", "c.py": b""},
        {"a.py": b"12"},
        {"a/b.py": b"12"},
    )}  # fmt: skip
    assert len(made) == 6


def test_every_file_can_be_read_and_run():
    with zipfile.ZipFile(io.BytesIO(build_zip(FILES))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.namelist() == ["B", "a/b.txt", "a/\u00fc.txt", "handler.py"]
        for entry in archive.infolist():
            assert entry.external_attr >> 16 == 0o100755
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.create_system == 3


@given(
    st.dictionaries(
        st.from_regex(r"[a-z\u00e4]{1,8}(/[a-z]{1,8}){0,2}\.py", fullmatch=True),
        st.binary(max_size=50),
        max_size=6,
    )
)
def test_what_goes_in_comes_out(files):
    with zipfile.ZipFile(io.BytesIO(build_zip(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_caches_and_git_stay_out(tmp_path):
    write(
        tmp_path,
        {
            "handler.py": b"",
            "__pycache__/handler.cpython-313.pyc": b"",
            "old.pyc": b"",
            "package/__pycache__/x.pyc": b"",
            ".git/HEAD": b"",
            ".DS_Store": b"",
            ".pytest_cache/x": b"",
            ".venv/bin/python": b"",
        },
    )
    assert read_tree(tmp_path) == {"handler.py": b""}


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("tests", {"handler.py", "docs/a.md", "docs/b.txt"}),
        ("*.md", {"handler.py", "docs/b.txt", "tests/test_a.py", "package/tests/b.py"}),
        ("docs/*", {"handler.py", "tests/test_a.py", "package/tests/b.py"}),
        ("docs", {"handler.py", "tests/test_a.py", "package/tests/b.py"}),
        ("package/tests", {"handler.py", "docs/a.md", "docs/b.txt", "tests/test_a.py"}),
    ],
)
def test_exclusions(tmp_path, pattern, left):
    names = ["handler.py", "docs/a.md", "docs/b.txt", "tests/test_a.py", "package/tests/b.py"]
    write(tmp_path, dict.fromkeys(names, b""))
    assert set(read_tree(tmp_path, [pattern])) == left


def test_links_inside_of_the_folder_are_followed(tmp_path):
    write(tmp_path, {"shared/x.py": b"x", "handler.py": b""})
    (tmp_path / "package").symlink_to(tmp_path / "shared", target_is_directory=True)
    (tmp_path / "copy.py").symlink_to(tmp_path / "handler.py")
    assert set(read_tree(tmp_path)) == {"shared/x.py", "handler.py", "package/x.py", "copy.py"}


def test_the_folder_itself_may_be_a_link(tmp_path):
    write(tmp_path / "real", {"handler.py": b"x"})
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert read_tree(tmp_path / "link") == {"handler.py": b"x"}


def link_out(folder):
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "notes.txt").symlink_to(folder.parent / "secret.txt")


def link_out_folder(folder):
    (folder / "etc").symlink_to("/etc", target_is_directory=True)


def link_nowhere(folder):
    (folder / "gone.py").symlink_to(folder / "missing.py")


def link_to_itself(folder):
    (folder / "loop").symlink_to(folder / "loop")


def link_up(folder):
    (folder / "inner").mkdir()
    (folder / "inner" / "up").symlink_to(folder, target_is_directory=True)


def backslash(folder):
    (folder / "a\\b.py").write_text("")


def newline(folder):
    (folder / "a\nb.py").write_text("")


def no_utf8(folder):
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.py")).write_text("")


def two_forms(folder):
    (folder / "\u00e9.py").write_text("")
    (folder / "e\u0301.py").write_text("")


def pipe(folder):
    os.mkfifo(folder / "pipe")


def plug(folder):
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(folder)
        made.bind("plug")
        os.chdir(here)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (link_out, "link that leaves the folder"),
        (link_out_folder, "link that leaves the folder"),
        (link_nowhere, "leads nowhere"),
        (link_to_itself, "leads nowhere"),
        (link_up, "link to a folder above it"),
        (backslash, "other systems read differently"),
        (newline, "other systems read differently"),
        (no_utf8, "not written in UTF-8"),
        (two_forms, "written in two ways"),
        (pipe, "neither a file nor a folder"),
        (plug, "neither a file nor a folder"),
    ],
)
def test_what_would_surprise_is_refused(tmp_path, make, message):
    folder = tmp_path / "code"
    folder.mkdir()
    make(folder)
    with pytest.raises(CodeError, match=message):
        read_tree(folder)


def test_a_folder_beyond_the_limit_is_not_read(tmp_path):
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(251 * 1024 * 1024)
    with pytest.raises(CodeError, match="more than 250 MB"):
        read_tree(tmp_path)
