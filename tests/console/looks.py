"""What is shown now, looked at on a desk and on a phone, in light and dark."""

from tests.console.browser import DESK, PHONE, SCHEMES, Console


def faults(console: Console, name: str, *, settle: bool = True) -> list[str]:
    """Give every violation of axe's and every sideways scroll, and keep a picture of each look."""
    page, found = console.page, []
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
            if settle:
                console.settled()
            console.shoot(f"{name}-{size[0]}-{scheme}", whole=settle)
            found += [f"{size[0]} {scheme}: {violation}" for violation in console.axe()]
        wide = console.overflow()
        found += [f"{size[0]}: {wide} pixels wider than the screen"] if wide > 0 else []
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    return found
