"""What holds for every screen and open dialog: whole on a desk and on a phone, in light and dark."""

from tests.console.browser import DESK, PHONE, Console

COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that a scheme of colours can break; all others read the same document in light and dark."""


def faults(console: Console, name: str) -> list[str]:
    """Take the pictures of what is shown now, and say what is wrong with it; ends on a desk, in light."""
    covered = console.page.get_by_role("dialog").count() > 0  # the screen below has no roles meanwhile
    found = []
    for size in (PHONE, DESK):
        console.page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme, rules in (("dark", COLOURS), ("light", ())):
            console.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
            if not covered:
                console.settled()
            console.shoot(f"{name}-{size[0]}-{scheme}", whole=not covered)
            found += [f"{size[0]} {scheme}: {violation}" for violation in console.axe(rules)]
        wide = console.overflow()
        found += [f"{size[0]}: {wide} pixels wider than the screen"] if wide > 0 else []
    return found
