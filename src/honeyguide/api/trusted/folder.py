"""Reads a folder of operations: <audience>/*.graphql as people write them, and manifests as tools of apps write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import (
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    Source,
    Visitor,
    get_location,
    parse,
    print_ast,
    visit,
)

from honeyguide.api.limits import MAX_TOKENS
from honeyguide.api.trusted.manifest import read_manifest
from honeyguide.api.trusted.operation import OperationsInvalid, TrustedOperation
from honeyguide.caller import Audience

_LARGEST_FILE = 2_000_000  # bytes


def shipped_folder() -> Path:
    """Ours, beside the package or in the repository."""
    package = Path(__file__).resolve().parents[2] / "operations"
    return package if package.is_dir() else Path(__file__).resolve().parents[4] / "schema" / "operations"


def read_operations(folder: Path, audience: Audience, *, manifests: bool = True) -> list[TrustedOperation]:
    """All that a folder has for an audience; raises OperationsInvalid. Whether they fit the schema is not asked here.

    `<audience>/*.graphql` hold operations and fragments; a fragment serves all files of the folder. `<audience>*.manifest.json` are in
    the format of Apollo's persisted query manifests, one for each version of an app that is still in use.
    """
    found = read_documents(sorted((folder / audience).glob("*.graphql")))
    if manifests:
        for path in sorted(folder.glob(f"{audience}*.manifest.json")):
            found += read_manifest(path.name, _text(path))
    return found


def read_documents(paths: Sequence[Path]) -> list[TrustedOperation]:
    """An operation each, printed with the fragments it uses; raises OperationsInvalid."""
    definitions = [definition for path in paths for definition in _parsed(path).definitions]
    operations, fragments = _named(definitions)
    used: set[str] = set()
    found = []
    for name, operation in operations.items():
        needed = sorted(_spread(operation, fragments))
        used.update(needed)
        source = DocumentNode(definitions=(operation, *(fragments[one] for one in needed)))
        found.append(TrustedOperation(name, operation.operation.value, print_ast(source), where_of(operation), source))
    for name in sorted(fragments.keys() - used):
        raise OperationsInvalid(f"{where_of(fragments[name])}: fragment {name} is used by no operation")
    return found


def where_of(node: Node) -> str:
    """File and line of a node that was parsed from a file."""
    assert node.loc is not None
    return f"{node.loc.source.name}:{get_location(node.loc.source, node.loc.start).line}"


def _named(definitions: Sequence[DefinitionNode]) -> tuple[dict[str, OperationDefinitionNode], dict[str, FragmentDefinitionNode]]:
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in definitions:
        name = definition.name.value if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode) and definition.name else ""
        if not name:
            raise OperationsInvalid(f"{where_of(definition)}: only operations and fragments with names can be trusted")
        if name in (fragments if isinstance(definition, FragmentDefinitionNode) else operations):
            raise OperationsInvalid(f"{where_of(definition)}: {name} is defined twice")
        if isinstance(definition, FragmentDefinitionNode):
            fragments[name] = definition
        elif isinstance(definition, OperationDefinitionNode):
            operations[name] = definition
    return operations, fragments


def _spread(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    """The names of all fragments that an operation uses, also through others."""
    found: set[str] = set()
    waiting: list[DefinitionNode] = [operation]
    while waiting:
        for spread in _spreads(waiting.pop()):
            name = spread.name.value
            if name not in fragments:
                raise OperationsInvalid(f"{where_of(spread)}: there is no fragment {name}")
            if name not in found:
                found.add(name)
                waiting.append(fragments[name])
    return found


def _spreads(definition: DefinitionNode) -> Iterator[FragmentSpreadNode]:
    found: list[FragmentSpreadNode] = []

    class Collector(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            found.append(node)

    visit(definition, Collector())
    return iter(found)


def _parsed(path: Path) -> DocumentNode:
    text = _text(path)
    try:
        # A file may hold many operations: the limits are of each, and come with its body.
        return parse(Source(text, _name(path)), max_tokens=100 * MAX_TOKENS)
    except GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 1
        raise OperationsInvalid(f"{_name(path)}:{line}: {error.message}") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise OperationsInvalid(f"{_name(path)}: above {_LARGEST_FILE} bytes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperationsInvalid(f"{_name(path)}: cannot be read ({type(error).__name__})") from None


def _name(path: Path) -> str:
    """As the folder's owner knows it: member/card.graphql."""
    return f"{path.parent.name}/{path.name}"
