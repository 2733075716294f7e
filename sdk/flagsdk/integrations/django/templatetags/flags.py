"""`{% load flags %}`: a block that depends on a flag, and the value of one."""

from typing import Any

from django import template

from flagsdk.integrations.django.clients import flags

register = template.Library()


class FlagNode(template.Node):  # type: ignore[misc]  # Django ships no types
    """One branch or the other."""

    child_nodelists = ("nodelist_on", "nodelist_off")

    def __init__(self, key: Any, nodelist_on: Any, nodelist_off: Any) -> None:
        self.key, self.nodelist_on, self.nodelist_off = key, nodelist_on, nodelist_off

    def render(self, context: Any) -> str:
        """Render the branch of the flag's value."""
        on = flags.is_enabled(self.key.resolve(context))
        return str((self.nodelist_on if on else self.nodelist_off).render(context))


def flag(parser: Any, token: Any) -> FlagNode:
    """`{% flag "new-checkout" %}…{% else %}…{% endflag %}`; the key may be a variable, `else` may be left out."""
    words = token.split_contents()
    if len(words) != 2:  # noqa: PLR2004 - the tag and its key
        raise template.TemplateSyntaxError('write {% flag "key" %}…{% else %}…{% endflag %}')
    on = parser.parse(("else", "endflag"))
    off = template.NodeList()
    if parser.next_token().contents == "else":
        off = parser.parse(("endflag",))
        parser.delete_first_token()
    return FlagNode(parser.compile_filter(words[1]), on, off)


def flag_value(key: str, default: Any = "") -> Any:
    """`{% flag_value "theme" "classic" as theme %}`: the value of a flag of the default's type, or the default."""
    return flags.value(key, default)


register.tag("flag", flag)
register.simple_tag(flag_value)
