"""Package metadata. Tool settings are in pyproject.toml, pinned versions in constraints.txt."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class BuildWithHandlers(build_py):
    """Ships lambda/ inside of the package: its functions work after `pip install` too."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            shutil.copytree(
                HERE / "lambda",
                Path(self.build_lib) / "terratiers" / "lambda",
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )


# Base, for every program that imports the library.
BASE = [
    "cdktf>=0.21,<0.22",  # App, TerraformStack, Testing
    "cdktf-cdktf-provider-aws>=20.1,<22",  # bindings of the AWS provider, 5.100 to 6.x
    "constructs>=10.4,<11",  # Construct, the base of every construct here
    "jsii>=1.112,<2",  # core/provider_loader works on its type table
]
# For `terratiers local`: everything that starts or talks to the emulator.
LOCAL = [
    "boto3>=1.34",  # empties the emulator's versioned buckets before a destroy
    "moto[server]==5.2.5",  # the emulator; pinned because local/emulator_patches.py patches it
    "psutil>=5.9",  # finds and stops the emulator of an earlier, killed run
]
# For the `terratiers` command, its `local` part aside.
CLI = [
    "rich>=13",  # its tables and progress
    "typer>=0.12",  # its argument parsing
]
# For the fixtures of `terratiers.testing`.
TEST = [
    "pytest>=8",  # loads terratiers/testing/plugin.py
]
# For work on the library itself.
DEV = [
    "griffelib>=2.3",  # reads signatures and docstrings for docs/reference
    "hypothesis>=6.100",  # property tests
    "mypy>=1.11",
    "pytest-benchmark>=5",  # benchmarks/micro
    "pytest-xdist>=3.6",  # test files side by side
    "python-hcl2>=8.1",  # a parser that is not ours, for what `handoff` writes
    "ruff>=0.6",
    "syrupy>=4.6",  # snapshots of addresses and contracts
    "types-setuptools",  # setup.py under mypy
]

setup(
    name="terratiers",
    version="0.1.0",
    description="CDKTF constructs for tiered AWS architectures, one Terraform state per tier",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    package_dir={"": "modules"},
    cmdclass={"build_py": BuildWithHandlers},
    packages=find_packages("modules"),
    package_data={
        "terratiers": [
            "py.typed",
            "**/data/*",
            "**/*.js",
            "**/*.html",
            "**/*.css",
            "**/*.template",  # what `terratiers new` writes
        ]
    },
    install_requires=BASE,
    extras_require={
        "cli": CLI,
        "local": LOCAL + CLI,
        "test": TEST,
        "dev": LOCAL + CLI + TEST + DEV,
    },
    entry_points={
        "console_scripts": ["terratiers = terratiers.cli:main"],
        "pytest11": ["terratiers = terratiers.testing.plugin"],
    },
)
