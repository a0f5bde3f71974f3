"""The commands that templates and schemas have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Struct

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected, everything

if TYPE_CHECKING:
    from intakegateway.cli.client import Client
    from intakegateway.cli.client_definitions import Shelf

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name or id.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to this file; left out: print it."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


class Noun(Struct, frozen=True):
    """What tells templates from schemas. ``items``: the key of what they hold; ``models``: draft, change."""

    name: str
    plural: str
    items: str
    shelf: Callable[[Client], Shelf[Any]]
    models: Callable[[], tuple[Any, Any]]
    alias: str = ""
    """Another key under which files hold the same."""


def add_commands(app: typer.Typer, noun: Noun) -> None:
    """Give ``app`` the commands of ``noun``."""

    def find_all(
        search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Only names with it.")] = "",
        project: Project = "default",
        server: Server = None,
        token: Token = None,
        as_json: given.AsJson = False,
    ) -> int:
        from intakegateway.cli.printing import listed, moment

        with connected(server, token, project) as client:
            found = everything(lambda page: noun.shelf(client).find_all(search, page))
        return listed(
            found, noun.plural, [noun.name, noun.items, "description", "changed (UTC)"],
            lambda one: [one.name, len(getattr(one, noun.items)), one.description, moment(one.updated_at)],
            as_json=as_json, right=(1,), wrapped=(2,),
        )  # fmt: skip

    def show(
        name: Name,
        project: Project = "default",
        server: Server = None,
        token: Token = None,
        as_json: given.AsJson = False,
    ) -> int:
        from intakegateway.cli.printing import told

        with connected(server, token, project) as client:
            found = noun.shelf(client).get(name)
        if as_json:
            return told(found, "", as_json=True)
        sys.stdout.write(_text(noun, found))
        return 0

    def export(
        name: Name,
        output: Output = None,
        force: Force = False,
        project: Project = "default",
        server: Server = None,
        token: Token = None,
        as_json: given.AsJson = False,
    ) -> int:
        from intakegateway.cli.typed import emit

        with connected(server, token, project) as client:
            found = noun.shelf(client).get(name)
        what = f"The {noun.name} '{found.name}'"
        return emit(_text(noun, found), output, what, force=force, as_json=as_json)

    def take(
        file: Annotated[
            Path, typer.Argument(metavar="FILE", help="YAML or JSON, or '-' for standard input.")
        ],
        name: Annotated[
            str | None, typer.Option("--name", metavar="NAME", help="Under this name instead of the file's.")
        ] = None,
        replace: Annotated[
            bool, typer.Option("--replace", help="In place of one of this name that is there already.")
        ] = False,
        project: Project = "default",
        server: Server = None,
        token: Token = None,
        as_json: given.AsJson = False,
    ) -> int:
        from intakegateway.cli.printing import counted, told
        from intakegateway.cli.valid import valid

        document = _document(noun, file, name)
        draft, change = noun.models()
        made = valid(draft, document)
        with connected(server, token, project) as client:
            shelf = noun.shelf(client)
            there = replace and made.name in {
                one.name for one in everything(lambda p: shelf.find_all(made.name, p))
            }
            found = shelf.change(made.name, valid(change, document)) if there else shelf.create(made)
        count = counted(len(getattr(found, noun.items)), noun.items.removesuffix("s"))
        words = f"The {noun.name} '{found.name}' was {'replaced' if there else 'made'}: {count}."
        return told(found, words, as_json=as_json)

    def delete(
        name: Name,
        project: Project = "default",
        server: Server = None,
        token: Token = None,
        as_json: given.AsJson = False,
    ) -> int:
        from intakegateway.cli.printing import told

        with connected(server, token, project) as client:
            found = noun.shelf(client).get(name)
            noun.shelf(client).delete(found.id)
        words = f"The {noun.name} '{found.name}' was deleted."
        return told({"id": found.id, "name": found.name}, words, as_json=as_json)

    for word, command, words in (
        ("list", find_all, f"All {noun.plural}."),
        ("show", show, f"A {noun.name} as YAML, as 'import' takes it."),
        ("export", export, f"A {noun.name} as a YAML file, as 'import' takes it."),
        ("import", take, f"Make a {noun.name} from a file."),
        ("delete", delete, f"Delete a {noun.name}."),
    ):
        app.command(word, help=words)(command)


def _text(noun: Noun, found: Any) -> str:
    from intakegateway.services.definitions import as_yaml

    shown = found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return as_yaml({key: shown[key] for key in ("name", "description", noun.items) if shown.get(key)})


def _document(noun: Noun, file: Path, name: str | None) -> dict[str, Any]:
    from intakegateway.cli.typed import content
    from intakegateway.model.errors import DefinitionError

    found = content(file)
    if isinstance(found, list):
        found = {noun.items: found}
    if not isinstance(found, dict):
        raise DefinitionError(f"this file holds no {noun.items}.", where=str(file))
    if noun.alias in found and noun.items not in found:
        found = {noun.items if key == noun.alias else key: value for key, value in found.items()}
    if name is None and "name" not in found:
        raise DefinitionError(f"this file does not say what the {noun.name} is called.", where=str(file),
                              hint="Add --name NAME.")  # fmt: skip
    return {**found, **({"name": name} if name is not None else {})}
