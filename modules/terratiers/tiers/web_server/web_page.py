"""The page of the web tier, as user data that installs the server which shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from terratiers.compute.user_data import UserData
from terratiers.core.errors import Faults
from terratiers.core.validation import check_int, check_string

__all__ = ["API_URL_PARAMETER", "API_URL_PARAMETER_RULE", "WebPage"]

# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
API_URL_PARAMETER = r"(?!/(aws|ssm)(/|\Z))(/[A-Za-z0-9_.-]+){1,15}"
API_URL_PARAMETER_RULE = "write a parameter's full name, like /shop/dev/api-url."

_FOLDER = "/opt/web-server"
_CONFIG = "/etc/web-server.json"
_FILES = ("server.py", "page.html", "page.js", "page.css")
_UNIT = f"""\
[Unit]
Description=Web server of the web tier
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/python3 {_FOLDER}/server.py {_CONFIG}
Environment=HOME=/tmp
DynamicUser=yes
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, kw_only=True)
class WebPage:
    """A page that lists the items of an API, and tells which instance it comes from.

    Its server needs nothing but the Python of Amazon Linux 2023, so that it starts without a way
    to the internet. It listens on port 8080 and answers `/health`.

    Args:
        api_url: The API that the page calls, `https://...`. Default: none.
        api_url_parameter: In its place, the name of a Systems Manager parameter that holds the
            URL. The server reads it while it runs, so that a later tier can write it, and a new
            URL replaces no instance. Default: none.
        load_test_seconds: With it, the page has a button that keeps all processors of the
            instance busy for so long, 60 to 900; whoever reaches the page can press it. Default:
            none, and no such button.
    """

    PORT = 8080
    HEALTH_CHECK_PATH = "/health"

    api_url: str | None = None
    api_url_parameter: str | None = None
    load_test_seconds: int | None = None

    def check(self, faults: Faults) -> None:
        """Notes what cannot be shown."""
        if self.api_url is not None:
            rule = "write https:// and a host, a path where there is one."
            check_string(faults, "page: api_url", self.api_url, r"https://[!-~]{1,2000}", rule)
        if self.api_url_parameter is not None:
            given, rule = self.api_url_parameter, API_URL_PARAMETER_RULE
            label = "page: api_url_parameter"
            check_string(faults, label, given, API_URL_PARAMETER, rule, tokens=False)
        if self.api_url is not None and self.api_url_parameter is not None:
            faults.add("page: api_url and api_url_parameter say the same thing: give one.")
        if self.load_test_seconds is not None:
            seconds = self.load_test_seconds
            check_int(faults, "page: load_test_seconds", seconds, 60, 900, "seconds")

    def user_data(self, region: str) -> UserData:
        """What an instance with Amazon Linux 2023 runs at its first start to show the page."""
        config = {
            "port": self.PORT,
            "region": region,
            "api_url": self.api_url,
            "api_url_parameter": self.api_url_parameter,
            "load_test_seconds": self.load_test_seconds or 0,
        }
        here = Path(__file__).parent
        contents = {f"{_FOLDER}/{name}": (here / name).read_text("utf-8") for name in _FILES}
        contents[_CONFIG] = json.dumps(config)
        contents["/etc/systemd/system/web-server.service"] = _UNIT
        return UserData.cloud_config(
            {
                "write_files": [
                    {"path": path, "content": content, "permissions": "0644"}
                    for path, content in contents.items()
                ],
                "runcmd": [
                    ["systemctl", "daemon-reload"],
                    ["systemctl", "enable", "web-server.service"],
                    ["systemctl", "restart", "web-server.service"],
                ],
            }
        )
