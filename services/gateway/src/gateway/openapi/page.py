"""The OpenAPI document as a page for people: one file without scripts, which needs nothing from elsewhere."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape

from gateway.openapi.problem_codes import CODES
from gateway.openapi.schemas import Json
from gateway.openapi.style import STYLE
from gateway.openapi.words import ORGANIZATION

POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a browser may load for it: its own style."""

_PROBLEM = "application/problem+json"
_REFERENCE = "#/components/schemas/"


def page(document: Json) -> str:
    info = document["info"]
    operations = list(operations_of(document))
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{info['title']} API</title><style>{STYLE}</style></head><body>",
            f"<nav><h1>{info['title']}</h1>{_contents(document, operations)}</nav><main>",
            f'<section id="about"><h2>The API</h2>{_prose(info["description"])}',
            '<p>The same for programs: <a href="/openapi.json">openapi.json</a>.</p></section>',
            *(_tag(tag, operations) for tag in document["tags"]),
            '<section id="objects"><h2>Objects</h2>',
            *(_object(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
            f'</section><section id="problems"><h2>Problems</h2>{_codes()}</section></main></body></html>',
        )
    )


def operations_of(document: Json) -> Iterator[Json]:
    """Each with its path, its method and its parameters as they are declared."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = [_resolved(document, one) for one in operation["parameters"]]
            yield {**operation, "path": path, "method": method.upper(), "parameters": parameters}


def _resolved(document: Json, parameter: Json) -> Json:
    found: Json = parameter
    if "$ref" in parameter:
        found = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _contents(document: Json, operations: Iterable[Json]) -> str:
    told = {tag["name"]: "" for tag in document["tags"]}
    for one in operations:
        told[one["tags"][0]] += f'<li><a href="#{one["operationId"]}">{escape(one["summary"])}</a></li>'
    groups = (
        f"<details><summary>{escape(name.capitalize())}</summary><ul>{items}</ul></details>"
        for name, items in told.items()
    )
    ends = '<p><a href="#objects">Objects</a></p><p><a href="#problems">Problems</a></p>'
    return f'<p><a href="#about">The API</a></p>{"".join(groups)}{ends}'


def _tag(tag: Json, operations: Iterable[Json]) -> str:
    shown = "".join(_operation(one) for one in operations if one["tags"] == [tag["name"]])
    return f"<section><h2>{escape(tag['name'].capitalize())}</h2>{_prose(tag['description'])}{shown}</section>"


def _operation(operation: Json) -> str:
    method, path = operation["method"], operation["path"]
    body = operation.get("requestBody")
    return "".join(
        (
            f'<article id="{operation["operationId"]}"><h3>{escape(operation["summary"])}</h3>',
            f'<p class="path"><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code></p>',
            _prose(operation["description"]),
            _table("Parameters", ("name", "in", "what"), map(_parameter, operation["parameters"])),
            "" if body is None else _body(body),
            f"<pre>{escape(curl(operation))}</pre>",
            _table("Answers", ("status", "with"), (_answer(*one) for one in operation["responses"].items())),
            "</article>",
        )
    )


def _parameter(parameter: Json) -> tuple[str, ...]:
    needed = "" if not parameter["required"] or parameter["in"] == "path" else " <em>needed</em>"
    what = f"{_type(parameter['schema'])}{needed}. {_inline(parameter.get('description', ''))}"
    return f"<code>{escape(parameter['name'])}</code>", parameter["in"], what


def _body(body: Json) -> str:
    form = f"<p>{_inline(body['description'])}</p>" if "description" in body else ""
    return f"<h4>Body</h4><p>{_type(body['content']['application/json']['schema'])}</p>{form}"


def _answer(status: str, answer: Json) -> tuple[str, str]:
    told = [
        ", ".join(f'<a href="#{code}"><code>{code}</code></a>' for code in _codes_of(content["schema"]))
        if media_type == _PROBLEM
        else _type(content["schema"]) + ("" if media_type == "application/json" else f" ({escape(media_type)})")
        for media_type, content in answer.get("content", {}).items()
    ]
    return f"{status} {escape(answer['description'])}", " or ".join(filter(None, told))


def _codes_of(schema: Json) -> list[str]:
    codes: list[str] = schema["allOf"][1]["properties"]["code"]["enum"] if "allOf" in schema else []
    return codes


def _object(name: str, schema: Json) -> str:
    required = schema.get("required", [])
    fields = (
        (f"<code>{escape(field)}</code>", f"{_type(one)}{'' if field in required else ' <em>may be absent</em>'}")
        for field, one in schema.get("properties", {}).items()
    )
    about = _prose(schema.get("description", ""))
    return f'<article id="{name}"><h3>{name}</h3>{about}{_table("", ("field", "what"), fields)}</article>'


def _type(schema: Json) -> str:
    match schema:
        case {"$ref": reference}:
            name = reference.removeprefix(_REFERENCE)
            return f'<a href="#{name}">{name}</a>'
        case {"anyOf": alternatives}:
            return " or ".join(map(_type, alternatives))
        case {"enum": values}:
            return "one of " + ", ".join(f"<code>{escape(str(value))}</code>" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"object of {_type(values)}"
    return _NAMES[schema.get("format") or schema.get("type")] + _bounds(schema)


_NAMES = {
    None: "anything", "object": "object", "array": "list", "number": "number",
    "string": "text", "integer": "whole number", "boolean": "true or false", "null": "null", "uuid": "UUID",
    "date-time": "time, RFC 3339", "date": "day",
}  # fmt: skip


def _bounds(schema: Json) -> str:
    bounds = [f"{word} {schema[key]}" for word, key in (("from", "minimum"), ("to", "maximum")) if key in schema]
    return f" {' '.join(bounds)}" if bounds else ""


def _codes() -> str:
    rows = (
        (f'<code id="{code}">{code}</code>', _inline(remedy.detail), _inline(remedy.fix))
        for code, remedy in sorted(CODES.items())
        if remedy is not None
    )
    return _table("", ("code", "what is wrong", "what helps"), rows)


def curl(operation: Json) -> str:
    """The operation as a command of the administrator, with what it needs in variables."""
    url = re.sub(r"\{(\w+)\}", lambda name: f"${name[1].upper()}", operation["path"])
    lines = [f'curl -X {operation["method"]} "$SWITCHBOARD{url}"']
    if {"key": []} in operation["security"]:
        lines.append('-H "Authorization: Bearer $KEY"')
    if any(one["name"] == ORGANIZATION["name"] for one in operation["parameters"]):
        lines.append(f'-H "{ORGANIZATION["name"]}: $ORGANIZATION_ID"')
    if {"secret": []} in operation["security"]:
        lines.append('-H "X-Vapi-Secret: $SECRET"')
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        example = content.get("example", next((one["value"] for one in content.get("examples", {}).values()), {}))
        sent = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
        lines += ['-H "Content-Type: application/json"', f"-d '{sent}'"]
    return " \\\n  ".join(lines)


def _table(title: str, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    shown = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    if not shown:
        return ""
    columns = "".join(f"<th>{column}</th>" for column in head)
    heading = f"<h4>{title}</h4>" if title else ""
    return f"{heading}<div><table><thead><tr>{columns}</tr></thead><tbody>{shown}</tbody></table></div>"


def _prose(text: str) -> str:
    """Paragraphs, with `code` and **what is stressed** in them."""
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph.strip())


def _inline(text: str) -> str:
    coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", coded)
