"""Makes docs/reference from the code: ``python -m docs.generate`` (``--check``: only say what is outdated)."""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from docs.samples import CODES, NOTES, RULES, TRANSFORMS

FOLDER = Path(__file__).resolve().parent / "reference"
_ELSEWHERE = {
    "rules": "list of [rules](rules.md)",
    "transforms": "list of [transforms](transforms.md)",
    "load": "[LoadSpec](#loadspec), or in part",
}
"""Keys whose values are described on a page or under a heading of their own."""
MADE = "<!-- Made from the code by `make docs`; changes belong there. -->\n"


def main() -> int:
    """Write what is outdated. Returns the exit code."""
    outdated = {name: text for name, text in pages().items() if _read(FOLDER / name) != text}
    if "--check" in sys.argv[1:]:
        sys.stdout.writelines(f"docs/reference/{name} is outdated: make docs\n" for name in outdated)
        return 1 if outdated else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in outdated.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")
    return 0


def pages() -> dict[str, str]:
    """Every page of the reference by its file's name."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("INTAKEGATEWAY_HOME")
        os.environ["INTAKEGATEWAY_HOME"] = folder
        try:
            return {
                "cli.md": commands(),
                "transforms.md": transforms(),
                "rules.md": rules(),
                "task.md": task_file(),
                "codes.md": codes(),
                "settings.md": settings(),
                "openapi.json": rest_api(),
            }
        finally:
            if before is None:
                del os.environ["INTAKEGATEWAY_HOME"]
            else:
                os.environ["INTAKEGATEWAY_HOME"] = before


def commands() -> str:
    """The commands, their arguments and options."""
    import typer

    from intakegateway.cli.main import program

    group: Any = typer.main.get_command(program())
    parts = [MADE, "# Commands\n", f"{group.help}\n", f"{group.epilog}\n"]
    parts.append("| command | |\n|---|---|")
    parts += [
        f"| [`{name}`](#{name.replace(' ', '-')}) | {_first_line(one.help)} |"
        for name, one in _all_commands(group)
    ]
    for name, command in _all_commands(group):
        told, _, examples = command.help.partition("\b\n")
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join(
            ["intakegateway", name, *(p.metavar for p in arguments), "[OPTIONS]" if options else ""]
        )
        parts.append(f"\n## {name}\n\n```\n{usage}\n```\n\n{told.strip()}\n")
        if examples:
            parts.append(f"```\n{examples.strip()}\n```\n")
        parts.append("| | |\n|---|---|")
        parts += [f"| `{p.metavar}` | {_cell(p.help)} |" for p in arguments]
        parts += [_option(p) for p in options]
    return "\n".join(parts) + "\n"


def _all_commands(group: Any) -> list[tuple[str, Any]]:
    """The commands, and in the place of a group its own ones."""
    found = []
    for name, one in group.commands.items():
        below = getattr(one, "commands", None)
        found += [(name, one)] if below is None else [(f"{name} {each}", below[each]) for each in below]
    return found


def transforms() -> str:
    """The transforms, their arguments, and what each makes of an example."""
    from intakegateway.model.transform_forms import describe_transforms

    parts = [
        MADE,
        "# Transforms\n",
        'Written in a list, done in order: `transforms: [trim, {to_date: "%d.%m.%Y"}]`. A transform is a name, a'
        " name with its main argument, or a name with its arguments. A value that cannot be read rejects its row;"
        " a null stays null, but for `default`.\n",
    ]
    for one in describe_transforms():
        parts.append(f"## {one.name}\n\n{_cell(one.description)} Takes {one.takes}, gives {one.gives}.\n")
        if one.arguments:
            parts.append("| argument | may be | default | |\n|---|---|---|---|")
            for a in one.arguments:
                given = a.default not in ("", (), None)
                default = "required" if a.required else f"`{_plain(a.default)}`" if given else ""
                main = " (main)" if a.name == one.main else ""
                kind = a.type.replace("'", "`").replace("``", "`''`").replace(" | ", ", ")
                parts.append(f"| `{a.name}`{main} | {_cell(kind)} | {default} | {_cell(a.description)} |")
            parts.append("")
        parts.append("| written | value | becomes |\n|---|---|---|")
        for written, value in TRANSFORMS[one.name]:
            shown = "null" if value is None else f"`{value}`"
            parts.append(f"| `{_cell(_flow(written))}` | {shown} | {_transformed(written, value)} |")
        parts.append("")
    return "\n".join(parts)


def rules() -> str:
    """The rules, their keys, and what is said about an example."""
    from intakegateway.model.rules import KINDS
    from intakegateway.services.jsonschema import json_schema

    definitions = json_schema("task")["$defs"]
    shared = definitions["RangeRule"]["properties"]
    options = {"properties": {name: one for name, one in shared.items() if name != "range"}}
    parts = [
        MADE,
        "# Rules\n",
        "A rule is written with its name as the key: `{range: {column: total, min: 0}, severity: warning}`. Rules"
        " see the values that go to the table, after mapping and casts. A null satisfies every rule but"
        " `not_null`. A row that fails several rules is rejected once, with all its reasons.\n",
        "Every rule also takes:\n",
        *_keys(options),
        "\n`on_fail`: `reject` the row, `set_null` or `set_default` in the column, `stop` the run.\n",
    ]
    for kind, model in KINDS.items():
        written, rows = RULES[kind]
        parts.append(f"## {kind}\n\n{' '.join((model.__doc__ or '').split())}\n")
        parts.append(f"```yaml\nrules:\n  - {_flow(written)}\n```\n")
        nested = _reference(definitions[model.__name__]["properties"][kind])
        if nested:
            parts += [*_keys(definitions[nested]), ""]
        actions = ", ".join(f"`{action}`" for action in model.actions)
        parts.append(f"On failure: {actions}. {_checked(written, rows)}\n")
    return "\n".join(parts)


def task_file() -> str:
    """The keys of task and project files."""
    from intakegateway.model.rules import KINDS
    from intakegateway.services.jsonschema import json_schema

    schema = json_schema("project")
    definitions = schema.pop("$defs")
    task = definitions.pop("Task")
    parts = [
        MADE,
        "# Task and project files\n",
        "YAML or JSON. For editors: `intakegateway schema task` and `intakegateway schema project` print the JSON"
        " schema. `${NAME}` and `${NAME:-default}` stand for environment variables; paths start from the file's"
        " folder. Unknown keys are errors.\n",
        "## Task\n",
        *_keys(task, definitions),
        "\n## Project\n",
        *_keys(schema, definitions),
    ]
    in_rules = {"Allowed", "Bounds", "Lengths", "Pattern", "Reference", "UniqueKeys", "DedupeKeys"}
    in_rules |= {model.__name__ for model in KINDS.values()}
    first = ("Mapping", "Split", "Join", "LoadSpec", "FileSource", "HttpSource", "SqlSource")
    for name in (*first, *sorted(set(definitions) - set(first))):
        one = definitions[name]
        if not one.get("properties") or name in in_rules:
            continue
        parts.append(f"\n## {name}\n\n{_cell(' '.join(one.get('description', '').split()))}\n")
        parts += _keys(one, definitions)
    return "\n".join(parts) + "\n"


def codes() -> str:
    """The codes of rejected rows."""
    parts = [
        MADE,
        "# Reject codes\n",
        "A rejects file has `_codes`, `_columns` and `_message` for each row: all its reasons, joined by `; ` in the"
        " same order; `_locator` says where the row stands in the source.\n",
        "| code | meaning | what to do |\n|---|---|---|",
        *(f"| `{code}` | {_cell(meaning)} | {_cell(advice)} |" for code, (meaning, advice) in CODES.items()),
        "\nOnly counted in a warning, the rows are loaded:\n",
        "| code | meaning |\n|---|---|",
        *(f"| `{code}` | {meaning} |" for code, meaning in NOTES.items()),
    ]
    return "\n".join(parts) + "\n"


def settings() -> str:
    """The settings, from their fields and the texts under them."""
    import ast
    import dataclasses
    import inspect

    from intakegateway import settings as module

    (fields,) = [
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == module.Settings.__name__
    ]
    said = {
        one.target.id: following.value.value
        for one, following in itertools.pairwise(fields.body)
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
    }
    parts = [
        MADE,
        "# Settings\n",
        "From the environment, or from `settings.toml` in the data folder (`INTAKEGATEWAY_CONFIG` names another file):"
        " the variable `INTAKEGATEWAY_PORT` is the key `port`. `INTAKEGATEWAY_PORT_FILE` names a file that holds the"
        " value instead. The environment wins. A wrong value stops the start with a sentence.\n",
        "| variable | default | |\n|---|---|---|",
    ]
    for one in dataclasses.fields(module.Settings):
        default = "" if one.default in ("", dataclasses.MISSING) else f"`{_plain(one.default)}`"
        text = _cell(str(said[one.name]).replace("\n", " "))
        parts.append(f"| `{module.PREFIX}{one.name.upper()}` | {default} | {text} |")
    parts.append(
        "\nFor commands that speak to a gateway: `INTAKEGATEWAY_SERVER`, `INTAKEGATEWAY_TOKEN`,"
        " `INTAKEGATEWAY_PROJECT`. `HOME` above is the data folder."
    )
    return "\n".join(parts) + "\n"


def rest_api() -> str:
    """The OpenAPI document of the REST API."""
    from intakegateway.api.app import create_app
    from intakegateway.bootstrap import build
    from intakegateway.settings import read_settings

    gateway = build(read_settings())
    try:
        document = create_app(gateway).openapi()
    finally:
        gateway.close()
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _option(option: Any) -> str:
    names = "/".join([*option.opts, *option.secondary_opts])
    metavar = f" {option.metavar}".replace("|", "\\|") if option.metavar else ""
    said = option.help or ""
    if option.required:
        said += " Required."
    if option.envvar:
        said += f" Or the variable `{option.envvar}`."
    if option.default not in (None, False, ()):
        said += f" Default: {option.default}."
    return f"| `{names}{metavar}` | {_cell(said)} |"


def _transformed(written: Any, value: Any) -> str:
    import intakegateway as ig

    mapping = [{"to": "value", "from": "value", "transforms": [written]}]
    found = ig.plan([{"value": value, "n": 1}], to="memory://docs", table="t", mapping=mapping)
    assert found.plan is not None
    after = found.plan.inserted[0]["value"]
    return "null" if after is None else f"`{_plain(after)}`"


def _checked(written: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    import intakegateway as ig

    to = "memory://docs-of-rules"
    ig.load([{"id": "1"}], to=to, table="customers", mode="truncate_insert", name="customers")
    found = ig.plan(rows, to=to, table="t", rules=[written])
    assert found.plan is not None
    if found.counts.deduplicated:
        return (
            f"Of the rows `{_flow(rows)}` one stays, {found.counts.deduplicated} is counted as deduplicated."
        )
    rejected = found.plan.rejected[0]
    return f"`{_cell(_flow(rows[-1]))}` is rejected as `{rejected['_codes']}`: {_cell(str(rejected['_message']))}"


def _keys(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> list[str]:
    """A table of an object's keys."""
    lines = ["| key | may be | default | |", "|---|---|---|---|"]
    required = schema.get("required", [])
    for name, one in schema.get("properties", {}).items():
        default = one.get("default")
        shown = (
            "required"
            if name in required
            else ""
            if default in (None, "", [], {})
            else f"`{_plain(default)}`"
        )
        shown = "" if isinstance(default, dict) else shown
        text = one.get("description", "")
        kind = _ELSEWHERE.get(name) or _type(one, definitions or {})
        lines.append(f"| `{name}` | {_cell(kind)} | {shown} | {_cell(text)} |")
    return lines


def _type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if "enum" in definitions.get(name, {}):
            return _type(definitions[name], definitions)
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            found = dict.fromkeys(
                _type(one, definitions) for one in schema[several] if one.get("type") != "null"
            )
            return " or ".join(found)
    match schema.get("type"):
        case "array":
            items = schema.get("items") or schema.get("prefixItems", [{}])[0]
            return f"list of {_type(items, definitions)}"
        case "object":
            return "keys and values"
        case [*types]:
            return " or ".join(types)
        case None:
            return "anything"
        case text:
            return str(text)


def _reference(schema: dict[str, Any]) -> str:
    """The name of the object that a key holds; empty where it holds none."""
    found = next((one["$ref"] for one in [schema, *schema.get("anyOf", [])] if "$ref" in one), "")
    return str(found).rpartition("/")[2]


def _flow(value: Any) -> str:
    """YAML in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("...").strip()


def _plain(value: Any) -> str:
    if isinstance(value, bool | list | tuple):
        return json.dumps(value, default=str)
    return value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)


def _cell(text: str) -> str:
    """Text in a cell of a table."""
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())


def _first_line(text: str) -> str:
    return _cell(text.partition("\n\n")[0])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
