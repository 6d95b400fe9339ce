"""The zip of a function: few files, and many."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from terratiers.serverless.zip_builder import build_zip, read_tree

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


def files(count: int) -> dict[str, bytes]:
    return {f"package_{i % 20}/module_{i}.py": b"x = 1\n" * 1000 for i in range(count)}


@pytest.mark.parametrize("count", [2, 500])
def test_build_zip(benchmark: BenchmarkFixture, count: int) -> None:
    archive = benchmark(build_zip, files(count))
    assert len(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == count


def test_read_tree(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    for name, content in files(500).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert len(benchmark(read_tree, tmp_path)) == 500
