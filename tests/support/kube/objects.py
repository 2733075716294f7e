"""The objects of the small API server: resourceVersion, uid and generation, JSON patches, schemas, subresources."""

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

import jsonpatch
from jsonpointer import JsonPointerException

from tests.support.kube.kinds import Kind
from tests.support.kube.schema import faults, pruned

Object = dict[str, Any]
Key = tuple[str, str, str]
REJECTED = "the server rejected our request due to an error in our request"


class Refused(Exception):
    """An answer that is no success: a Status (API conventions, "Response Status Kind")."""

    def __init__(self, code: int, reason: str, message: str, causes: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.code = code
        listed = [{"reason": "FieldValueInvalid", "message": text, "field": field} for field, text in causes]
        details = {"causes": listed} if listed else {}
        self.status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
        }
        self.status |= {"reason": reason, "details": details, "code": code}


class Objects:
    """Everything that is stored, under one lock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._stored: dict[Key, Object] = {}
        self._version = 100
        self.admission: Callable[[Object], None] | None = None
        self.lies = False

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """Read one."""
        with self._lock:
            found = self._stored.get((f"{kind.group}/{kind.plural}", namespace, name))
            if found is None:
                raise Refused(404, "NotFound", f'{kind.plural}.{kind.group} "{name}" not found')
            return deepcopy(found)

    def all(self, kind: Kind, namespace: str) -> Object:
        """Read the list of a namespace."""
        with self._lock:
            items = [
                deepcopy(one)
                for (resource, where, _), one in self._stored.items()
                if (resource, where) == (f"{kind.group}/{kind.plural}", namespace)
            ]
        metadata = {"resourceVersion": str(self._version)}
        return {"kind": f"{kind.name}List", "apiVersion": kind.group_version, "metadata": metadata, "items": items}

    def create(self, kind: Kind, namespace: str, body: Object, *, dry_run: bool = False) -> Object:
        """Store a new one."""
        with self._lock:
            name = body["metadata"]["name"]
            if (f"{kind.group}/{kind.plural}", namespace, name) in self._stored:
                raise Refused(409, "AlreadyExists", f'{kind.plural}.{kind.group} "{name}" already exists')
            fresh = {"namespace": namespace, "uid": str(uuid.uuid4()), "generation": 1}
            new = {**body, "metadata": {**body["metadata"], **fresh}}
            if kind.status:
                new.pop("status", None)
            return self._store(kind, new, dry_run=dry_run)

    def update(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        change: Callable[[Object], Object],
        sub: str = "",
        *,
        dry: bool = False,
    ) -> Object:
        """Change one by a function of it; `sub` "status" changes nothing else, "" everything but the status."""
        with self._lock:
            old = self.get(kind, namespace, name)
            if sub == "scale":
                return self._scaled(kind, old, change(_scale(old)), dry_run=dry)
            new = change(deepcopy(old))
            _demand_same(old, new)
            if kind.status or sub == "status":
                kept, taken = (old, new) if sub == "status" else (new, old)
                new = {**{k: v for k, v in kept.items() if k != "status"}, **_only_status(taken)}
            new["metadata"] = {**new["metadata"], "generation": old["metadata"]["generation"]}
            new["metadata"]["generation"] += new.get("spec") != old.get("spec")
            return self._store(kind, new, old, dry_run=dry)

    def delete(self, kind: Kind, namespace: str, name: str) -> Object:
        """Remove one."""
        with self._lock:
            old = self.get(kind, namespace, name)
            del self._stored[(f"{kind.group}/{kind.plural}", namespace, name)]
            return old

    def _scaled(self, kind: Kind, old: Object, scale: Object, *, dry_run: bool) -> Object:
        replicas = scale["spec"].get("replicas", 0)
        new = {**old, "spec": {**old["spec"], "replicas": replicas}}
        new["metadata"] = {**old["metadata"], "generation": old["metadata"]["generation"] + (new != old)}
        return _scale(self._store(kind, new, old, dry_run=dry_run))

    def _store(self, kind: Kind, new: Object, old: Object | None = None, *, dry_run: bool = False) -> Object:
        if self.admission and old is not None:
            self.admission(new)
        if kind.schema:
            kept = {name: new[name] for name in ("apiVersion", "kind", "metadata")}
            new = {**kept, **pruned({k: v for k, v in new.items() if k not in kept}, kind.schema)}
            if found := list(faults({k: v for k, v in new.items() if k not in kept}, kind.schema, "")):
                told = "; ".join(f"{field}: {text}" for field, text in found)
                raise Refused(
                    422, "Invalid", f'{kind.name}.{kind.group} "{new["metadata"]["name"]}" is invalid: {told}', found
                )
        if new == old or dry_run:
            return deepcopy(new)
        self._version += 1
        new["metadata"] = {**new["metadata"], "resourceVersion": str(self._version)}
        if not self.lies:
            place = new["metadata"]["namespace"], new["metadata"]["name"]
            self._stored[(f"{kind.group}/{kind.plural}", *place)] = deepcopy(new)
        return deepcopy(new)


def patched(operations: Any) -> Callable[[Object], Object]:
    """Apply a JSON patch whole or not at all."""
    try:
        patch = jsonpatch.JsonPatch(operations)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, AttributeError) as error:
        raise Refused(400, "BadRequest", "json: cannot unmarshal into Go value of type jsonpatch.Patch") from error

    def change(old: Object) -> Object:
        try:
            new: Object = patch.apply(old)
        except (jsonpatch.JsonPatchException, JsonPointerException) as error:
            raise Refused(422, "Invalid", REJECTED) from error
        return new

    return change


def merged(change: Any) -> Callable[[Object], Object]:
    """Apply a merge patch (RFC 7386)."""
    if not isinstance(change, dict):
        raise Refused(422, "Invalid", "patch: Invalid value: cannot unmarshal array", [("patch", "Invalid value")])

    def onto(old: Any, new: Any) -> Any:
        if not isinstance(new, dict):
            return new
        base = {**old} if isinstance(old, dict) else {}
        base |= {name: onto(base.get(name), value) for name, value in new.items() if value is not None}
        return {name: value for name, value in base.items() if not (name in new and new[name] is None)}

    return lambda old: onto(old, change)


def _scale(deployment: Object) -> Object:
    """Give a Deployment's scale; 0 is left out of its spec, as Go leaves it out (autoscaling/v1, ScaleSpec)."""
    metadata = {name: deployment["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion")}
    replicas = deployment["spec"]["replicas"]
    status = {"replicas": deployment.get("status", {}).get("replicas", 0)}
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _demand_same(old: Object, new: Object) -> None:
    version = new["metadata"].get("resourceVersion")
    if version is not None and version != old["metadata"]["resourceVersion"]:
        raise Refused(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
    for fixed in ("name", "namespace"):
        if new["metadata"].get(fixed, old["metadata"][fixed]) != old["metadata"][fixed]:
            raise Refused(400, "BadRequest", f"metadata.{fixed} cannot be changed")
    kept = {name: old["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion")}
    new["metadata"] = {**new["metadata"], **kept}


def _only_status(one: Mapping[str, Any]) -> Object:
    return {"status": one["status"]} if "status" in one else {}
