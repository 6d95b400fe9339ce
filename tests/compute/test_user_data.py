from __future__ import annotations

import email
import json
import os
import subprocess
from email import policy

from terratiers import ConfigurationError
from terratiers.compute import ElasticIp, UserData
from terratiers.compute.default_region import set_default_region

import pytest

# AWS's own example of a key, made of the letters that its documentation uses
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
SESSION_KEY = "ASIA" + "IOSFODNN7EXAMPLE"
LIMIT = 16 * 1024
SHEBANG = "#!/bin/sh\n"


def parts(text):
    """The content types and bodies of a MIME message, as cloud-init reads it."""
    message = email.message_from_bytes(text.encode(), policy=policy.default)
    assert message.get_content_type() == "multipart/mixed"
    assert message.defects == []
    return [
        (part.get_content_type(), part.get_content().rstrip("\n")) for part in message.iter_parts()
    ]


def rendered(tier, synth, user_data):
    """What stands in the Terraform JSON."""
    tier.add_output("data", user_data.render(), description="user data")
    return synth(tier).outputs["data"]["value"]


# --- makers


def test_commands_are_a_bash_script_that_stops_at_the_first_failure():
    data = UserData.commands("dnf install -y nginx", "systemctl enable --now nginx")
    assert data.render() == (
        "#!/bin/bash\nset -euo pipefail\ndnf install -y nginx\nsystemctl enable --now nginx"
    )
    assert data.operating_system == "linux"


def test_the_script_of_commands_stops_at_the_first_failure(tmp_path):
    script = tmp_path / "script"
    script.write_text(UserData.commands("echo one", "false | true", "echo two").render())
    done = subprocess.run(["bash", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "one\n")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("#!/bin/sh\necho one\n", "text/x-shellscript"),
        ("#!/usr/bin/env python3\nprint(1)", "text/x-shellscript"),
        ("#cloud-config\npackages: [nginx]\n", "text/cloud-config"),
    ],
)
def test_text_is_taken_as_it_is(text, kind):
    data = UserData.text(text)
    assert data.render() == text
    assert data.parts == ((kind, text),)


@pytest.mark.parametrize("convert", [str, lambda path: path], ids=["text", "path"])
def test_a_file_is_read_as_utf_8(tmp_path, convert):
    file = tmp_path / "setup.sh"
    file.write_bytes("#!/bin/sh\necho Grüße\n".encode())
    assert UserData.file(convert(file)) == UserData.text("#!/bin/sh\necho Grüße\n")


def test_cloud_config_is_written_as_json_which_is_yaml():
    config = {"packages": ["nginx"], "write_files": [{"path": "/etc/motd", "content": "Grüße"}]}
    head, _, body = UserData.cloud_config(config).render().partition("\n")
    assert head == "#cloud-config"
    assert json.loads(body) == config
    assert "Grüße" in body


def test_powershell_is_marked_for_windows():
    data = UserData.powershell("Write-Host one", "Write-Host two")
    assert data.render() == "<powershell>\nWrite-Host one\nWrite-Host two\n</powershell>\n"
    assert data.operating_system == "windows"


# --- several parts


def test_several_parts_are_a_mime_message():
    data = (
        UserData.commands("echo one")
        .followed_by(UserData.cloud_config({"packages": ["nginx"]}))
        .followed_by(UserData.text("#!/bin/sh\necho Grüße"))
    )
    assert parts(data.render()) == [
        ("text/x-shellscript", "#!/bin/bash\nset -euo pipefail\necho one"),
        ("text/cloud-config", '#cloud-config\n{\n "packages": [\n  "nginx"\n ]\n}'),
        ("text/x-shellscript", "#!/bin/sh\necho Grüße"),
    ]


def test_the_parts_keep_their_order_however_they_are_joined():
    one, two, three = (UserData.commands(f"echo {i}") for i in range(3))
    assert one.followed_by(two).followed_by(three) == one.followed_by(two.followed_by(three))
    assert [body[-1] for _, body in parts(one.followed_by(two).render())] == ["0", "1"]


@pytest.mark.parametrize(
    ("line", "boundary"),
    [
        ("--par", "part"),
        ("--part", "part-"),
        ("--part--", "part---"),
        ("x --part-x", "part--"),
        ("--part\n--part--\n--part-----", "part------"),
    ],
    ids=["shorter", "start", "end", "within a line", "several"],
)
def test_the_boundary_occurs_in_no_part(line, boundary):
    text = f"{SHEBANG}cat <<END\n{line}\nEND"
    for data in (
        UserData.text(text).followed_by(UserData.text(f"{SHEBANG}echo two")),
        UserData.text(f"{SHEBANG}echo two").followed_by(UserData.text(text)),
    ):
        assert f'boundary="{boundary}"' in data.render().splitlines()[0]
        assert sorted(body for _, body in parts(data.render())) == [text, f"{SHEBANG}echo two"]


def test_joining_changes_neither():
    one, two = UserData.commands("echo 1"), UserData.commands("echo 2")
    one.followed_by(two)
    assert len(one.parts) == len(two.parts) == 1


def test_parts_for_windows_are_one_script():
    data = UserData.powershell("one").followed_by(UserData.powershell("two", "three"))
    assert data.render() == "<powershell>\none\ntwo\nthree\n</powershell>\n"


# --- what Terraform makes of it

ESCAPED = {
    "variable": ("echo ${HOME}", "echo $${HOME}"),
    "default": ("echo ${1:-x} $HOME $(id)", "echo $${1:-x} $HOME $(id)"),
    "date": ("date +%{x}", "date +%%{x}"),
    "curl": ("curl -w '%{http_code}'", "curl -w '%%{http_code}'"),
    "several": ("${a}${b}%{c}", "$${a}$${b}%%{c}"),
    "expression": ("echo ${aws_vpc.main.id}", "echo $${aws_vpc.main.id}"),
    # Terraform takes the last two characters before the brace for the escape
    "two dollars": ("echo $${HOME}", "echo $$${HOME}"),
    "two percent": ("echo ${x%%{*}", "echo $${x%%%{*}"),
    "nothing": ("echo 100% $5 {} $$", "echo 100% $5 {} $$"),
}


@pytest.mark.parametrize(("text", "escaped"), ESCAPED.values(), ids=ESCAPED.keys())
def test_text_is_literal_to_terraform(tier, synth, text, escaped):
    data = UserData.text(SHEBANG + text)
    assert data.render() == SHEBANG + escaped
    assert rendered(tier, synth, data) == SHEBANG + escaped


def test_attributes_of_constructs_stay_references(tier, synth):
    ip = ElasticIp(tier, "ip")
    data = UserData.commands(f"echo {ip.public_ip} ${{HOME}} %{{x}}")
    assert rendered(tier, synth, data).endswith("echo ${aws_eip.ip.public_ip} $${HOME} %%{x}")


@pytest.mark.parametrize(
    "make",
    [UserData.powershell, lambda text: UserData.cloud_config({"runcmd": [text]})],
    ids=["powershell", "cloud-config"],
)
def test_references_work_in_every_kind(tier, synth, make):
    ip = ElasticIp(tier, "ip")
    text = rendered(tier, synth, make(f"curl {ip.public_ip} ${{x}}"))
    assert "curl ${aws_eip.ip.public_ip} $${x}" in text


def test_references_work_in_a_message_of_several_parts(tier, synth):
    ip = ElasticIp(tier, "ip")
    data = UserData.commands(f"echo {ip.public_ip}").followed_by(UserData.commands("${x}"))
    text = rendered(tier, synth, data)
    assert [body.splitlines()[-1] for _, body in parts(text)] == [
        "echo ${aws_eip.ip.public_ip}",
        "$${x}",
    ]


# --- 16 KB


def test_16_kib_are_allowed():
    assert len(UserData.text(SHEBANG + "#" * (LIMIT - len(SHEBANG))).render()) == LIMIT


def test_escaping_does_not_count():
    text = SHEBANG + "%{" * ((LIMIT - len(SHEBANG)) // 2)
    assert len(UserData.text(text).render()) > LIMIT


def test_references_do_not_count_and_what_stands_beside_them_does(tier):
    ip = ElasticIp(tier, "ip")
    head = f"{SHEBANG}echo {ip.public_ip} "
    room = LIMIT - len(SHEBANG) - len("echo  ")
    assert len(UserData.text(head + "#" * room).render()) > LIMIT
    with pytest.raises(ConfigurationError, match="it has 16385 bytes"):
        UserData.text(head + "#" * (room + 1))


# --- bad input

LONG = "#" * LIMIT
BAD_DATA = {
    "no commands": (UserData.commands, "there are no commands: leave the user data out"),
    "empty command": (lambda: UserData.commands("echo", ""), "command '' is no command"),
    "blank command": (lambda: UserData.commands(" \n"), "is no command: write text"),
    "none": (lambda: UserData.commands(None), "command None is no command"),
    "list": (lambda: UserData.commands(["echo"]), r"command \['echo'\] is no command"),
    "bytes": (lambda: UserData.commands(b"echo"), "is no command"),
    "no powershell": (UserData.powershell, "there are no commands"),
    "empty powershell": (lambda: UserData.powershell(""), "command '' is no command"),
    "text without head": (
        lambda: UserData.text("echo one"),
        "echo one would not be run: begin with #! and an interpreter, or with #cloud-config",
    ),
    "text empty": (lambda: UserData.text(""), "'' would not be run"),
    "text blank line first": (lambda: UserData.text("\n#!/bin/sh\n"), "would not be run"),
    "text none": (lambda: UserData.text(None), "None would not be run"),
    "text bytes": (lambda: UserData.text(b"#!/bin/sh"), "would not be run"),
    "text yaml": (lambda: UserData.text("packages: [nginx]"), "would not be run"),
    "file none": (lambda: UserData.file(None), "file None cannot be read"),
    "file missing": (
        lambda: UserData.file("/nowhere/setup.sh"),
        "file /nowhere/setup.sh cannot be read: .*No such file",
    ),
    "file is a folder": (lambda: UserData.file(os.sep), "file / cannot be read"),
    "file name with nul": (lambda: UserData.file("a\0b"), "cannot be read"),
    "config none": (lambda: UserData.cloud_config(None), r"config is None \(NoneType\)"),
    "config empty": (lambda: UserData.cloud_config({}), "config is empty: leave the user data"),
    "config text": (lambda: UserData.cloud_config("packages: []"), r"\(str\): write \{"),
    "config number as key": (lambda: UserData.cloud_config({1: 2}), r"config is \{1: 2\}"),
    "config object": (
        lambda: UserData.cloud_config({"packages": {"nginx"}}),
        "config holds what cloud-config cannot say: .*set",
    ),
    "key in a command": (
        lambda: UserData.commands(f"export AWS_ACCESS_KEY_ID={ACCESS_KEY}"),
        r"it holds the access key AKIAIOSF\.\.\.: give the instance a role instead",
    ),
    "key of a session": (
        lambda: UserData.text(f"{SHEBANG}k='{SESSION_KEY}'"),
        r"access key ASIAIOSF\.\.\.",
    ),
    "key in a config": (
        lambda: UserData.cloud_config({"runcmd": [["login", ACCESS_KEY]]}),
        "access key AKIA",
    ),
    "key in powershell": (lambda: UserData.powershell(f"$k = '{ACCESS_KEY}'"), "access key AKIA"),
    "too long": (
        lambda: UserData.text(SHEBANG + LONG),
        r"it has 16394 bytes: EC2 allows 16384; let it fetch the rest from a bucket",
    ),
    "one byte too long": (
        lambda: UserData.text(SHEBANG + "#" * (LIMIT - len(SHEBANG) + 1)),
        "it has 16385 bytes",
    ),
    "too many bytes": (lambda: UserData.text(SHEBANG + "ü" * (LIMIT // 2)), "16394 bytes"),
    "too many commands": (lambda: UserData.commands(*["echo 12345"] * 1500), "EC2 allows 16384"),
    "config too long": (lambda: UserData.cloud_config({"bootcmd": [LONG]}), "EC2 allows 16384"),
    "powershell too long": (lambda: UserData.powershell(LONG), "EC2 allows 16384"),
    "together too long": (
        lambda: UserData.commands(LONG[:9000]).followed_by(UserData.commands(LONG[:9000])),
        "EC2 allows 16384",
    ),
    "key and length": (
        lambda: UserData.commands(ACCESS_KEY, LONG),
        "(?s)2 faults.*access key.*EC2 allows 16384",
    ),
    "linux and windows": (
        lambda: UserData.commands("echo").followed_by(UserData.powershell("echo")),
        "windows user data cannot follow linux",
    ),
    "windows and linux": (
        lambda: UserData.powershell("echo").followed_by(UserData.commands("echo")),
        "linux user data cannot follow windows",
    ),
    "nothing follows": (
        lambda: UserData.commands("echo one").followed_by(None),
        r"other is None \(NoneType\): write UserData\.commands",
    ),
    "text follows": (
        lambda: UserData.commands("echo one").followed_by("echo two"),
        r"other is echo two \(str\): write UserData\.commands",
    ),
    "too long with a shell's variable": (
        lambda: UserData.commands("echo ${HOME}", LONG),
        "EC2 allows 16384",
    ),
    "too long with a shell's default": (
        lambda: UserData.commands("a=${1:-x}", LONG),
        "EC2 allows 16384",
    ),
}


@pytest.mark.parametrize(("make", "message"), BAD_DATA.values(), ids=BAD_DATA.keys())
def test_bad_input_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    file = tmp_path / "setup.ps1"
    file.write_bytes("#!/bin/sh\necho Grüße".encode("utf-16"))
    with pytest.raises(ConfigurationError, match="cannot be read: 'utf-8' codec"):
        UserData.file(file)


def test_a_file_is_checked_as_text_is(tmp_path):
    file = tmp_path / "setup.sh"
    file.write_text("echo one")
    with pytest.raises(ConfigurationError, match="echo one would not be run"):
        UserData.file(file)


def test_a_longer_word_is_no_access_key():
    assert UserData.commands(f"echo X{ACCESS_KEY}", f"echo {ACCESS_KEY}X").parts


def test_the_whole_key_is_not_told_again():
    with pytest.raises(ConfigurationError) as caught:
        UserData.commands(ACCESS_KEY)
    assert ACCESS_KEY not in str(caught.value)


# --- the default region


@pytest.fixture
def root(tmp_path):
    """Folders as a new instance has them."""
    for folder in ("root", "home/ec2-user", "home/ops/.aws", "etc/skel", "etc/profile.d"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "home" / "ops" / ".aws" / "config").write_text("[default]\nregion = mine\n")
    (tmp_path / "home" / "a file").write_text("")
    return tmp_path


@pytest.fixture
def run(root):
    def run_in_root():
        script = set_default_region("eu-central-1", "linux").render()
        assert "$${" not in script
        lines = [line for line in script.splitlines() if "chown" not in line]
        script = "\n".join(lines)
        for folder in ("root", "home", "etc"):
            script = script.replace(f" /{folder}", f" {root}/{folder}")
            script = script.replace(f"=/{folder}", f"={root}/{folder}")
        return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)

    return run_in_root


def test_every_user_gets_the_region(root, run):
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for home in ("root", "home/ec2-user", "etc/skel"):
        text = (root / home / ".aws" / "config").read_text()
        assert text == "[default]\nregion = eu-central-1\n"


def test_a_login_shell_gets_the_region(root, run):
    run()
    profile = root / "etc" / "profile.d" / "aws-region.sh"
    command = f". '{profile}'; env"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert {"AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1"} <= set(
        done.stdout.splitlines()
    )


def test_a_config_that_is_there_stays(root, run):
    run()
    assert (root / "home/ops/.aws/config").read_text() == "[default]\nregion = mine\n"


def test_what_is_no_home_is_left_alone(root, run):
    (root / "etc" / "skel").rmdir()
    assert run().returncode == 0
    assert (root / "home" / "a file").read_text() == ""
    assert not (root / "etc" / "skel").exists()


def test_it_can_run_again(root, run):
    assert run().returncode == 0
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert run().returncode == 0
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == files


def test_the_files_belong_to_their_users():
    script = set_default_region("eu-central-1", "linux").render()
    assert 'chown -R --reference="$home" "$home/.aws"' in script


def test_on_windows_it_is_set_for_the_machine():
    data = set_default_region("eu-central-1", "windows")
    assert data.operating_system == "windows"
    assert data.render().splitlines() == [
        "<powershell>",
        '[Environment]::SetEnvironmentVariable("AWS_REGION", "eu-central-1", "Machine")',
        '[Environment]::SetEnvironmentVariable("AWS_DEFAULT_REGION", "eu-central-1", "Machine")',
        "</powershell>",
    ]


def test_it_goes_before_what_the_user_wants_to_run():
    data = set_default_region("eu-central-1", "linux").followed_by(UserData.commands("aws s3 ls"))
    assert len(parts(data.render())) == 2


SHARED = '${data.terraform_remote_state.data.outputs.bucket_names["a}b"]}'


def test_what_another_tier_shares_stays_an_expression():
    text = UserData.commands(f"echo ${{HOME}} {SHARED} %{{x}}").render()
    assert text.endswith(f"echo $${{HOME}} {SHARED} %%{{x}}")


def test_what_another_tier_shares_stays_an_expression_when_it_is_encoded():
    text = UserData.commands(f'echo "${{HOME}}" {SHARED} end').encoded()
    assert text.endswith(f'echo \\"$${{HOME}}\\" {SHARED} end")}}')
