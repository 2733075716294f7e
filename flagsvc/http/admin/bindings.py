"""Bindings: /api/v1/environments/{environment}/bindings."""

from flagsvc.http.admin.documents import Noun, add_editing, add_life, add_reading, add_revert
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import EnabledQuery
from flagsvc.http.schemas.bindings import Binding, BindingCreate, BindingPage, BindingReplace

_BODY = {"split": "checkout", "routers": ["edge-1", "edge-2"], "drift": "reassert", "onFailure": "revert"}
_NOUN = Noun(
    kind="binding",
    plural="bindings",
    title="binding",
    document=Binding,
    page=BindingPage,
    replace=BindingReplace,
    replace_example=_BODY,
    patch_example={"deadlineSeconds": 120},
    query=EnabledQuery,
    create=BindingCreate,
    create_example={"key": "edge", **_BODY},
)

operations = Operations("Bindings")
add_reading(operations, _NOUN)
add_life(operations, _NOUN)
add_editing(operations, _NOUN)
add_revert(operations, _NOUN)
