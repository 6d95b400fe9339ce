from __future__ import annotations

import io
import subprocess
import sys
import zipfile

from terratiers import ConfigurationError
from terratiers.core.synthesis import read_synthesis
from terratiers.serverless import Code, Function, function_requirements
from terratiers.serverless.zip_builder import CodeError
from terratiers.storage import Bucket

import pytest

HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "code"
    place.mkdir()
    (place / "handler.py").write_text(HANDLER)
    return place


def packed(app, name="items"):
    """The files in a function's zip."""
    app.synth()
    [tier] = read_synthesis(app.outdir)
    body = tier.config["resource"]["aws_lambda_function"][name]
    with zipfile.ZipFile(tier.folder / body["filename"]) as archive:
        return {entry: archive.read(entry).decode() for entry in archive.namelist()}


def test_a_folder(app, tier, folder):
    (folder / "package").mkdir()
    (folder / "package" / "tools.py").write_text("x = 1")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_x.py").write_text("")
    Function(tier, "items", code=Code.from_asset(str(folder), exclude=["tests/"]))
    assert packed(app) == {"handler.py": HANDLER, "package/tools.py": "x = 1"}


def test_a_relative_folder(app, tier, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    Function(tier, "items", code=Code.from_asset("code"))
    assert packed(app) == {"handler.py": HANDLER}


def test_a_file(app, tier, folder):
    Function(tier, "items", code=Code.from_asset(folder / "handler.py"))
    assert packed(app) == {"handler.py": HANDLER}


def test_a_zip_is_taken_as_it_is(app, tier, folder):
    with zipfile.ZipFile(folder / "made.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.py", HANDLER)
    Function(tier, "items", code=Code.from_asset(folder / "made.zip"), handler="main.handler")
    assert packed(app) == {"main.py": HANDLER}
    [tier] = read_synthesis(app.outdir)
    [copied] = tier.folder.rglob("code.zip")
    assert copied.read_bytes() == (folder / "made.zip").read_bytes()


def test_two_functions_of_one_folder(app, tier, folder):
    code = Code.from_asset(folder)
    Function(tier, "items", code=code)
    Function(tier, "other", code=code)
    assert packed(app) == packed(app, "other")


def test_an_object_in_a_bucket(app, tier, synth):
    bucket = Bucket(tier, "code")
    Function(tier, "items", code=Code.from_bucket(bucket, "items.zip", "v1"))
    Function(tier, "other", code=Code.from_bucket("my-code", "other.zip"))
    template = synth(tier)
    made = template.resource("aws_lambda_function.items")
    assert made["s3_bucket"] == "${aws_s3_bucket.code.id}"
    assert made["s3_key"] == "items.zip"
    assert made["s3_object_version"] == "v1"
    assert "filename" not in made
    other = template.resource("aws_lambda_function.other")
    assert other["s3_bucket"] == "my-code"
    assert "s3_object_version" not in other
    app.synth()
    [found] = read_synthesis(app.outdir)
    [note] = [note for note in found.annotations if "lambda-code-without-version" in note]
    assert "other.zip" in note


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (Code.from_asset(""), "path is ''"),
        (Code.from_asset(None), "path is None"),
        (Code.from_asset(7), "path is 7"),
        (Code.from_asset("${path.module}/code"), "write a folder or file"),
        (Code.from_asset("nowhere/at/all"), "nowhere/at/all does not exist"),
        (Code.from_asset("\0"), "does not exist"),
        (Code.from_asset(".", exclude="tests"), "exclude is tests"),
        (Code.from_asset(".", exclude=[""]), "exclude '' is not valid"),
        (Code.from_asset(".", exclude=["*"]), r"exclude \* is not valid"),
        (Code.from_asset(".", exclude=["/etc"]), "exclude /etc is not valid"),
        (Code.from_asset(".", exclude=["../x"]), r"exclude \.\./x is not valid"),
        (Code.from_asset(".", exclude=["a\\b"]), "is not valid"),
        (Code.from_asset(".", exclude=[None]), "exclude None is not valid"),
        (Code.from_asset(".", install_requirements="yes"), "install_requirements is yes"),
        (Code.from_bucket("Big_Bucket", "x"), "bucket Big_Bucket is not valid"),
        (Code.from_bucket(7, "x"), "bucket 7 is not valid"),
        (Code.from_bucket("my-code", ""), "key '' is not valid"),
        (Code.from_bucket("my-code", None), "key None is not valid"),
        (Code.from_bucket("my-code", "x" * 1025), "1 to 1024 characters"),
        (Code.from_bucket("my-code", "x", ""), "version '' is not valid"),
        (Code.from_bucket("my-code", "x", 3), "version 3 is not valid"),
    ],
)
def test_bad_code(tier, folder, monkeypatch, code, message):
    monkeypatch.chdir(folder)
    with pytest.raises(ConfigurationError, match=message):
        Function(tier, "items", code=code)


def test_an_empty_folder(tier, tmp_path):
    (tmp_path / "empty" / "__pycache__").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="it has no file: Lambda wants code"):
        Function(tier, "items", code=Code.from_asset(tmp_path / "empty"))


def test_a_link_out_of_the_folder(tier, folder):
    (folder / "passwords").symlink_to("/etc/passwd")
    with pytest.raises(ConfigurationError, match="passwords is a link that leaves the folder"):
        Function(tier, "items", code=Code.from_asset(folder))


def test_what_is_no_zip(tier, folder):
    (folder / "broken.zip").write_bytes(b"PK no zip")
    with pytest.raises(ConfigurationError, match="no zip that can be read"):
        Function(tier, "items", code=Code.from_asset(folder / "broken.zip"))


def test_exclude_is_not_for_a_file(tier, folder):
    code = Code.from_asset(folder / "handler.py", exclude=["tests"])
    with pytest.raises(ConfigurationError, match="are for folders"):
        Function(tier, "items", code=code)


def test_more_than_lambda_takes_at_once(tier, folder):
    with (folder / "model.bin").open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    with pytest.raises(ConfigurationError, match=r"the zip has 51\.0 MB.*Code\.from_bucket"):
        Function(tier, "items", code=Code.from_asset(folder))


def test_more_than_lambda_unpacks(tier, folder):
    with zipfile.ZipFile(folder / "big.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("handler.py", HANDLER)
        with archive.open("zeros", "w", force_zip64=True) as file:
            for _ in range(251):
                file.write(bytes(1024 * 1024))
    with pytest.raises(ConfigurationError, match="more than 250 MB"):
        Function(tier, "items", code=Code.from_asset(folder / "big.zip"))


def test_a_bucket_of_another_stack(app, environment, tier):
    from terratiers import Tier

    bucket = Bucket(Tier(app, "other", environment=environment), "code")
    with pytest.raises(ConfigurationError, match="belongs to another stack"):
        Function(tier, "items", code=Code.from_bucket(bucket, "x.zip", "1"))


# --- requirements ---


@pytest.fixture
def pip(monkeypatch, tmp_path):
    """Stands for pip: writes the distributions that it is told to, and keeps what it was asked."""
    asked = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def install(distributions=("six-1.16.0",), code=0, needs=None):
        def run(command, **options):
            asked.append(command)
            target = command[command.index("--target") + 1]
            from pathlib import Path

            for name in distributions:
                info = Path(target) / f"{name}.dist-info"
                info.mkdir(parents=True)
                lines = [f"Requires-Dist: {need}" for need in (needs or {}).get(name, ())]
                (info / "METADATA").write_text("\n".join(["Name: x", *lines]))
                (info / "RECORD").write_text(f"made at {target}")
                (info / "INSTALLER").write_text("pip")
                (Path(target) / f"{name.partition('-')[0]}.py").write_text("x = 1")
            (Path(target) / "bin").mkdir(parents=True, exist_ok=True)
            (Path(target) / "bin" / "tool").write_text(f"#!{sys.executable}")
            return subprocess.CompletedProcess(command, code, "", "no matching distribution")

        monkeypatch.setattr(function_requirements.subprocess, "run", run)
        return asked

    return install


def test_requirements_are_installed_for_the_functions_own_machine(app, tier, folder, pip):
    asked = pip()
    (folder / "requirements.txt").write_text("six==1.16.0  # small\n")
    code = Code.from_asset(folder, install_requirements=True)
    Function(tier, "items", code=code)
    Function(tier, "second", code=code)
    Function(tier, "old", code=code, runtime="python3.11", architecture="x86_64")
    assert packed(app) == {
        "handler.py": HANDLER,
        "requirements.txt": "six==1.16.0  # small\n",
        "six.py": "x = 1",
        "six-1.16.0.dist-info/METADATA": "Name: x",
    }
    assert len(asked) == 2
    assert "--platform=manylinux_2_28_aarch64" in asked[0]
    assert "--platform=manylinux2014_aarch64" in asked[0]
    assert "--python-version=3.13" in asked[0]
    assert "--only-binary=:all:" in asked[0]
    assert "--no-compile" in asked[0]
    assert "--no-deps" in asked[0]
    assert [part for part in asked[1] if part.startswith("--platform")] == [
        "--platform=manylinux2014_x86_64"
    ]
    assert "--python-version=3.11" in asked[1]


def test_nothing_is_installed_unless_asked(app, tier, folder, pip):
    asked = pip()
    (folder / "requirements.txt").write_text("six\n")
    Function(tier, "items", code=Code.from_asset(folder))
    assert not asked
    assert "six.py" not in packed(app)


@pytest.mark.parametrize(
    "line",
    ["six", "six>=1.0", "six~=1.16", "six==1.*", "-r other.txt", "-e .", "./wheel.whl",
     "six @ https://example.com/six.whl", "git+https://example.com/six", "--index-url https://x"],
)  # fmt: skip
def test_requirements_without_one_version(tier, folder, pip, line):
    asked = pip()
    (folder / "requirements.txt").write_text(f"{line}\n")
    code = Code.from_asset(folder, install_requirements=True)
    with pytest.raises(ConfigurationError, match="names no single version"):
        Function(tier, "items", code=code)
    assert not asked


def test_pins_with_all_that_belongs_to_them():
    text = (
        "# a list\nsix==1.16.0 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\n\n"
        "Typing_Extensions==4.1\nrequests[socks, Use_Chardet]==2.31.0+local  # why\n"
    )
    assert function_requirements.check_pins(text) == {
        "six": set(),
        "typing-extensions": set(),
        "requests": {"socks", "use-chardet"},
    }


@pytest.mark.parametrize("condition", ['python_version < "3.11"', "sys_platform == 'linux'"])
def test_conditions_are_refused(tier, folder, pip, condition):
    asked = pip()
    (folder / "requirements.txt").write_text(f"six==1.16.0 ; {condition}\n")
    code = Code.from_asset(folder, install_requirements=True)
    with pytest.raises(ConfigurationError, match=r"six==1\.16\.0 ; .* has a condition, which pip"):
        Function(tier, "items", code=code)
    assert not asked


NEEDS = {
    "nothing": ([], None),
    "another": (["urllib3"], r"lacks urllib3 \(for requests\): add one version of each"),
    "two": (["urllib3<3", "idna"], r"lacks idna \(for requests\), urllib3<3 \(for requests\)"),
    "there": (["Six>=1.9"], None),
    "other version": (["six<1.10"], r"six<1\.10 \(for requests\) in place of 1\.16\.0"),
    "old python": (['tomli; python_version < "3.13"'], None),
    "its python": (['tomli; python_version >= "3.13"'], "lacks tomli"),
    "early patches": (['tomli; python_full_version <= "3.13.0a6"'], None),
    "other system": (['colorama; sys_platform == "win32"'], None),
    "its system": (['uvloop; sys_platform == "linux" and os_name == "posix"'], "lacks uvloop"),
    "its machine": (['fast; platform_machine == "aarch64"'], "lacks fast"),
    "other machine": (['fast; platform_machine == "x86_64"'], None),
    "extra": (['pysocks; extra == "socks"'], "lacks pysocks"),
    "other extra": (['chardet; extra == "chardet"'], None),
    "extra of a need": (["six[old]"], r"lacks older>=1 \(for six\)"),
    "unreadable": (["???"], r"requests-2\.31\.0\.dist-info cannot be read"),
}


@pytest.mark.parametrize(("needs", "message"), NEEDS.values(), ids=NEEDS)
def test_what_is_needed_by_lambdas_python_has_to_be_named(tier, folder, pip, needs, message):
    distributions = ["requests-2.31.0", "six-1.16.0"]
    extra = 'older>=1; extra == "old"'
    pip(distributions, needs={distributions[0]: needs, distributions[1]: [extra]})
    (folder / "requirements.txt").write_text("requests[socks]==2.31.0\nsix==1.16.0\n")
    code = Code.from_asset(folder, install_requirements=True)
    if message is None:
        Function(tier, "items", code=code)
        return
    with pytest.raises(ConfigurationError, match=message):
        Function(tier, "items", code=code)
    assert tier.node.try_find_child("items") is None


def test_pip_that_fails(tier, folder, pip, tmp_path):
    pip(code=1)
    (folder / "requirements.txt").write_text("six==99\n")
    code = Code.from_asset(folder, install_requirements=True)
    with pytest.raises(ConfigurationError, match=r"only wheels are taken.*no matching"):
        Function(tier, "items", code=code)
    assert not list((tmp_path / "cache").rglob("*.py"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runtime": "nodejs22.x", "handler": "handler.handler"}, "is for Python"),
        ({}, "it has no requirements.txt"),
    ],
)
def test_requirements_where_there_are_none(tier, folder, pip, options, message):
    pip()
    if options:
        (folder / "requirements.txt").write_text("six==1.16.0\n")
        (folder / "handler.js").write_text("")
    code = Code.from_asset(folder, install_requirements=True)
    with pytest.raises(ConfigurationError, match=message):
        Function(tier, "items", code=code, **options)


def test_a_module_in_folder_and_requirement(tier, folder, pip):
    pip()
    (folder / "requirements.txt").write_text("six==1.16.0\n")
    (folder / "six.py").write_text("mine = True")
    code = Code.from_asset(folder, install_requirements=True)
    with pytest.raises(ConfigurationError, match=r"six\.py is in the folder and in a requirement"):
        Function(tier, "items", code=code)


def test_requirements_that_are_no_text(tier, folder, pip):
    pip()
    (folder / "requirements.txt").write_bytes(b"\xff\xfe")
    code = Code.from_asset(folder, install_requirements=True)
    with pytest.raises(ConfigurationError, match="no text in UTF-8"):
        Function(tier, "items", code=code)


def test_pip_itself_takes_the_command(tmp_path, monkeypatch):
    """The real pip, with a wheel that lies here and no index."""
    from terratiers.serverless.runtime import runtimes

    wheels = tmp_path / "wheels"
    wheels.mkdir()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr("tiny.py", "x = 1")
        info = "tiny-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\n"
            "Tag: cp313-cp313-manylinux2014_aarch64\n",
        )
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\ntiny = tiny:main\n")
        wheel.writestr(f"{info}/RECORD", "tiny.py,,\n")
    name = "tiny-1.0-cp313-cp313-manylinux2014_aarch64.whl"
    (wheels / name).write_bytes(content.getvalue())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    python = runtimes()["python3.13"]
    files = function_requirements.vendored_files("tiny==1.0\n", python, "arm64")
    assert set(files) == {
        "tiny.py",
        f"{info}/METADATA",
        f"{info}/WHEEL",
        f"{info}/entry_points.txt",
    }
    with pytest.raises(CodeError, match="pip could not install it"):
        function_requirements.vendored_files("tiny==1.0\n", python, "x86_64")
