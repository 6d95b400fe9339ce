"""What the statements of web ACLs may hold: texts, transformations and countries."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_sequence, check_string, show
from terratiers.security.web_acl_catalog import countries

__all__ = [
    "TRANSFORMATIONS",
    "check_countries",
    "check_label",
    "check_path",
    "check_text",
    "check_transformations",
]

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
TRANSFORMATIONS = (
    "BASE64_DECODE", "BASE64_DECODE_EXT", "CMD_LINE", "COMPRESS_WHITE_SPACE", "CSS_DECODE",
    "ESCAPE_SEQ_DECODE", "HEX_DECODE", "HTML_ENTITY_DECODE", "JS_DECODE", "LOWERCASE", "MD5",
    "NORMALIZE_PATH", "NORMALIZE_PATH_WIN", "REMOVE_NULLS", "REPLACE_COMMENTS", "REPLACE_NULLS",
    "SQL_HEX_DECODE", "URL_DECODE", "URL_DECODE_UNI", "UTF8_TO_UNICODE",
)  # fmt: skip
# https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
_LONGEST_TEXT, _MOST_TRANSFORMATIONS = 200, 10
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-label-requirements.html
_RESERVED = ("awswaf", "aws", "waf", "rulegroup", "webacl", "regexpatternset", "ipset", "managed")
_MOST_NAMESPACES = 5


def check_transformations(faults: Faults, value: object) -> tuple[str, ...]:
    """Names of text transformations, each once."""
    names = check_sequence(faults, "transformations", value, '["URL_DECODE"]') or ()
    for name in names:
        check_choice(faults, "transformations:", name, TRANSFORMATIONS)
    if len(names) > _MOST_TRANSFORMATIONS:
        faults.add(
            f"transformations holds {len(names)}: AWS WAF applies {_MOST_TRANSFORMATIONS} at most."
        )
    elif not faults and len(set(names)) < len(names):
        faults.add(f"transformations {', '.join(names)} repeats one: take it out.")
    return names


def check_countries(faults: Faults, name: str, codes: Sequence[object]) -> None:
    """Country codes that AWS WAF knows, each once, at least one."""
    if not codes:
        faults.add(f'{name} names no country: write codes like "DE".')
    for code in codes:
        if isinstance(code, str) and code.upper() in countries() and code not in countries():
            faults.add(f"{name}: {code} has to be written {code.upper()}.")
        else:
            check_choice(faults, f"{name}:", code, countries(), "Codes are those of ISO 3166.")
    repeated = {str(code) for code in codes if list(codes).count(code) > 1}
    if repeated:
        faults.add(f"{name} names {', '.join(sorted(repeated))} twice.")


def check_label(faults: Faults, name: str, label: object) -> None:
    """A label that a rule adds: a name, with namespaces in front."""
    part = r"[0-9A-Za-z_-]{1,128}"
    rule = (
        "write a name, with namespaces in front: 1 to 128 letters, digits, _ and - each, colons "
        "between."
    )
    text = check_string(faults, name, label, rf"{part}(:{part})*", rule, tokens=False)
    parts = text.split(":") if text else []
    for word in dict.fromkeys(parts):
        if word in _RESERVED:
            faults.add(f"{name} {show(label)} has {word} in it, which AWS keeps: write another.")
    if len(parts) > _MOST_NAMESPACES + 1:
        faults.add(
            f"{name} {show(label)} has {len(parts) - 1} namespaces: AWS WAF takes "
            f"{_MOST_NAMESPACES}."
        )


def check_path(path: object) -> None:
    """A path as a visitor sees it: statements compare after decoding."""
    faults = Faults(None, "web ACL statement")
    rule = "write a path that begins with /, up to 200 characters, decoded."
    check_string(faults, "path", path, r"/[^?#%\s]{0,199}", rule)
    faults.raise_any()


def check_text(faults: Faults, name: str, value: object) -> None:
    """What a text match or a regular expression may hold."""
    rule = f"write 1 to {_LONGEST_TEXT} characters (AWS WAF)."
    text = check_string(faults, name, value, r"(?s).+", rule)
    if text and len(text.encode()) > _LONGEST_TEXT:
        faults.add(f"{name} {show(text)} has {len(text.encode())} bytes: {rule}")
