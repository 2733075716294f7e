"""The operations that documents of every kind share; each noun's file picks from them by data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from flagsvc.domain.records import Ref
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import DocumentQuery, SplitWriteQuery, WriteQuery
from flagsvc.http.rendering import found, listed, written
from flagsvc.http.schemas.users import DocumentUsers
from flagsvc.http.schemas.writes import PATCHES, Revert, WeightsChange, WriteAnswer, json_body
from flagsvc.ports import Store
from flagsvc.usecases import documents, reverts, users, weights
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.intent import Written as Result

ROOT = "/api/v1/environments/{environment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A kind of document: its words and models. `create` None: it comes into being otherwise. `query`: its filters."""

    kind: str
    plural: str
    title: str
    document: type[BaseModel]
    page: type[BaseModel]
    written: type[WriteAnswer]
    replace: type[BaseModel]
    replace_example: Mapping[str, Any]
    patch_example: Mapping[str, Any]
    weights_example: Mapping[str, int] = field(default_factory=dict)
    create: type[BaseModel] | None = None
    create_example: Mapping[str, Any] | None = None
    query: type[DocumentQuery] = DocumentQuery

    @property
    def collection(self) -> str:
        """Path of the list."""
        return f"{ROOT}/{self.plural}"

    @property
    def item(self) -> str:
        """Path of one document."""
        return f"{self.collection}/{{key}}"

    @property
    def word(self) -> str:
        """The title as part of an operation's name: "traffic split" → "TrafficSplit"."""
        return self.title.title().replace(" ", "")


def add_reading(operations: Operations, noun: Noun) -> None:
    """List and read."""

    @operations(
        f"GET {noun.collection}", f"List {noun.title}s", name=f"list{noun.word}s", answer=noun.page, query=noun.query
    )
    def list_all(call: Call) -> Answer:
        """By key and without the archived ones, unless the query says otherwise."""
        return listed(call, documents.list_documents(call.store, call.environment, noun.kind, call.page()))

    @operations(
        f"GET {noun.item}", f"Read a {noun.title}", name=f"get{noun.word}", answer=noun.document, revalidates=True
    )
    def get(call: Call) -> Answer:
        """Its version is the ETag; `X-Flagsvc-Revision` is the head of the environment."""
        return found(call, documents.get_document(call.store, call.ref(noun.kind)))


def add_users(operations: Operations, noun: Noun) -> None:
    """Say who refers to one."""

    @operations(
        f"GET {noun.item}/users", f"List what uses a {noun.title}", name=f"list{noun.word}Users", answer=DocumentUsers
    )
    def list_users(call: Call) -> Answer:
        """List the places of this environment that refer to it, by document; while there are any, it stays."""
        return Answer({"items": users.list_users(call.store, call.ref(noun.kind))})


def add_editing(operations: Operations, noun: Noun) -> None:
    """Replace and patch."""

    @operations(
        f"PUT {noun.item}",
        f"Replace a {noun.title}",
        name=f"put{noun.word}",
        answer=noun.written,
        query=SplitWriteQuery,
        body=json_body(noun.replace),
        example=noun.replace_example,
        writes=True,
        conditional=True,
        errors=("in-use", "archived", "rerandomise-required"),
    )
    def put(call: Call) -> Answer:
        """Replace all of it; what is left out takes its default. Tables change as little as they must."""
        return written(call, documents.put_document(call.store, call.intent, call.ref(noun.kind), call.body))

    @operations(
        f"PATCH {noun.item}",
        f"Edit a {noun.title}",
        name=f"patch{noun.word}",
        answer=noun.written,
        query=SplitWriteQuery,
        body=PATCHES,
        example=noun.patch_example,
        writes=True,
        conditional=True,
        errors=("in-use", "archived", "rerandomise-required"),
    )
    def patch(call: Call) -> Answer:
        """Apply a merge patch or a JSON Patch, told apart by the media type; plain JSON is a merge patch."""
        return written(call, documents.patch_document(call.store, call.intent, call.ref(noun.kind), call.patch))


def add_life(operations: Operations, noun: Noun) -> None:
    """Create, archive and restore, for documents that live in one environment."""

    @operations(
        f"POST {noun.collection}",
        f"Create a {noun.title}",
        name=f"create{noun.word}",
        answer=noun.written,
        success=201,
        query=WriteQuery,
        body=json_body(noun.create),
        example=noun.create_example,
        writes=True,
        errors=("exists",),
    )
    def create(call: Call) -> Answer:
        """Keys are taken for good: an archived document keeps its own."""
        result = documents.create_document(call.store, call.intent, call.environment, noun.kind, call.body)
        return written(call, result, f"{noun.collection}/{call.body['key']}".format(**call.path))

    _add_switch(
        operations, noun, "archive", documents.archive_document, "Put it out of force; its history and its key stay."
    )
    _add_switch(
        operations, noun, "restore", documents.restore_document, "Put what was archived in force again, as it was."
    )


def _add_switch(
    operations: Operations, noun: Noun, verb: str, use_case: Callable[[Store, Intent, Ref], Result], description: str
) -> None:
    def switch(call: Call) -> Answer:
        return written(call, use_case(call.store, call.intent, call.ref(noun.kind)))

    switch.__doc__ = description
    register = operations(
        f"POST {noun.item}/{verb}",
        f"{verb.capitalize()} a {noun.title}",
        name=f"{verb}{noun.word}",
        answer=noun.written,
        query=WriteQuery,
        writes=True,
        conditional=True,
        errors=("in-use",),
    )
    register(switch)


def add_weights(operations: Operations, noun: Noun) -> None:
    """Add the change of weights as one call."""

    @operations(
        f"POST {noun.item}/weights",
        f"Change the weights of a {noun.title}",
        name=f"set{noun.word}Weights",
        answer=noun.written,
        query=WriteQuery,
        body=json_body(WeightsChange),
        example={"weights": dict(noun.weights_example)},
        writes=True,
        conditional=True,
        errors=("archived",),
    )
    def set_weights(call: Call) -> Answer:
        """Move as few units as possible; where one variant is served, that is where the split begins."""
        return written(call, weights.set_weights(call.store, call.intent, call.ref(noun.kind), call.body))


def add_revert(operations: Operations, noun: Noun) -> None:
    """Back to a stored revision."""

    @operations(
        f"POST {noun.item}/revert",
        f"Revert a {noun.title}",
        name=f"revert{noun.word}",
        answer=noun.written,
        query=WriteQuery,
        body=json_body(Revert),
        example={"revision": 1},
        writes=True,
        conditional=True,
        errors=("in-use", "archived"),
    )
    def revert(call: Call) -> Answer:
        """Put the document back as it was stored, allocation tables included: the very same units return."""
        revision = call.body["revision"]
        return written(call, reverts.revert_document(call.store, call.intent, call.ref(noun.kind), revision))
