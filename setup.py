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


# Needed only by `terratiers local`: everything that starts or talks to the emulator.
LOCAL = [
    "boto3>=1.34",  # empties the emulator's versioned buckets before a destroy
    "moto[server]==5.2.5",  # the emulator; pinned because local/emulator_patches.py patches it
    "psutil>=5.9",  # finds and stops the emulator of an earlier, killed run
]
CLI = [
    "rich>=13",  # tables and progress of the `terratiers` command
    "typer>=0.12",  # its argument parsing
]
TEST = [
    "hypothesis>=6.100",  # property tests
    "pytest>=8",
    "syrupy>=4.6",  # snapshots of addresses and contracts
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
    package_data={"terratiers": ["py.typed", "**/*.json", "**/*.js", "**/*.html", "**/*.css"]},
    install_requires=[
        "cdktf>=0.21,<0.22",  # App, TerraformStack, Testing
        "cdktf-cdktf-provider-aws>=20.1,<22",  # bindings of the AWS provider 5.100 to 6.x
        "constructs>=10.4,<11",  # Construct, the base of every construct here
        "jsii>=1.112,<2",  # core/provider_loader works on its type table
    ],
    extras_require={
        "cli": CLI,
        "local": LOCAL + CLI,
        "test": TEST,
        "dev": [
            *LOCAL,
            *CLI,
            *TEST,
            "mypy>=1.11",
            "pytest-xdist>=3.6",  # end-to-end tests side by side
            "ruff>=0.6",
            "types-setuptools",
        ],
    },
    entry_points={
        "console_scripts": ["terratiers = terratiers.cli:main"],
        "pytest11": ["terratiers = terratiers.testing.plugin"],
    },
)
