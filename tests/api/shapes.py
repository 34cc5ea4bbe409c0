"""Is this JSON the entity that Mastodon's clients decode?

Checked against entities.json, made from Mastodon's documentation and the decoders of six clients.
"""

import json
import re
from pathlib import Path
from typing import Any

ENTITIES: dict[str, dict[str, dict[str, Any]]] = json.loads(
    Path(__file__).with_name("entities.json").read_text()
)
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
ID = re.compile(r"0|[1-9]\d{0,18}")
SIMPLE: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Boolean": bool,
    "Integer": int,
    "Float": (int, float),
}
ELEMENTS = {"Status.mentions": "Status::Mention", "Status.tags": "Status::Tag"}


def assert_entity(name: str, body: Any) -> None:
    """Every field that is not optional is there, of its type, and null only where it may be."""
    problems = list(_problems(name, body, name))
    assert not problems, problems


def _problems(name: str, body: Any, where: str) -> list[str]:
    if not isinstance(body, dict):
        return [f"{where} is no object"]
    found: list[str] = []
    for path, spec in ENTITIES[name].items():
        if spec.get("removed") or "[]" in path:
            continue
        found += _field(name, body, path, spec, where)
    return found


def _field(name: str, body: Any, path: str, spec: dict[str, Any], where: str) -> list[str]:
    *parents, last = path.split(".") if "@" not in path else [path]
    for parent in parents:
        body = body.get(parent) if isinstance(body, dict) else None
        if body is None:
            return []  # the parent's own row says whether it may be absent
    at = f"{where}.{path}"
    if last not in body:
        return [] if spec["optional"] else [f"{at} is missing"]
    value = body[last]
    if value is None:
        return [] if spec["nullable"] else [f"{at} is null"]
    return _typed(name, path, spec, value, at)


def _typed(name: str, path: str, spec: dict[str, Any], value: Any, at: str) -> list[str]:
    kind: str = spec["type"]
    if "enum" in spec:
        values = value if isinstance(value, list) else [value]
        return [f"{at} is {one!r}" for one in values if one not in spec["enum"]]
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{at} is no list"]
        element = _element(name, path, kind.removeprefix("Array of "))
        if element is None:
            return []
        return [p for i, one in enumerate(value) for p in _problems(element, one, f"{at}[{i}]")]
    if kind in ENTITIES:
        return _problems(kind, value, at)
    return _scalar(kind, value, at)


def _element(name: str, path: str, kind: str) -> str | None:
    if kind == "Field":
        return "Account::Field"
    return ELEMENTS.get(f"{name}.{path}", kind if kind in ENTITIES else None)


def _scalar(kind: str, value: Any, at: str) -> list[str]:
    base = kind.partition(" ")[0]
    if base in SIMPLE and (
        not isinstance(value, SIMPLE[base]) or (base != "Boolean" and isinstance(value, bool))
    ):
        return [f"{at} is {value!r}, not {kind}"]
    for word, pattern in (("(id)", ID), ("(Datetime)", DATETIME), ("(Date)", DATE)):
        if word in kind and not pattern.fullmatch(value):
            return [f"{at} is {value!r}, not {kind}"]
    if kind == "String (URL)" and value and not value.startswith(("http://", "https://", "ws")):
        return [f"{at} is {value!r}, not an absolute address"]
    return []
