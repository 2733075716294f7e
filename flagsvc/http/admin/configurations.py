"""Flags as one environment has them: /api/v1/environments/{environment}/flags."""

from flagsvc.http.admin.documents import Noun, add_editing, add_reading, add_revert, add_users, add_weights
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import EnabledQuery
from flagsvc.http.schemas.flags import Configuration, ConfigurationPage, ConfigurationReplace, ConfigurationWritten

_NOUN = Noun(
    kind="flag",
    plural="flags",
    title="configuration",
    document=Configuration,
    page=ConfigurationPage,
    written=ConfigurationWritten,
    replace=ConfigurationReplace,
    replace_example={
        "enabled": True,
        "offVariant": "off",
        "rules": [
            {
                "id": "germany",
                "when": {"all": [{"attribute": "country", "op": "in", "values": ["DE", "AT"]}]},
                "serve": "on",
            }
        ],
        "default": {"split": {"weights": {"on": 30_000, "off": 70_000}}},
    },
    patch_example={"enabled": True},
    query=EnabledQuery,
    weights_example={"on": 25_000, "off": 75_000},
)

operations = Operations("Configurations")
add_reading(operations, _NOUN)
add_editing(operations, _NOUN)
add_weights(operations, _NOUN)
add_revert(operations, _NOUN)
add_users(operations, _NOUN)
