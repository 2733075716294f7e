"""Whether two modules say the same: another formatter's line breaks make no difference."""

import ast


def same_code(one: str, other: str) -> bool:
    """Whether both texts have the same syntax tree; a text that is no Python equals only itself. Runs neither."""
    if one == other:
        return True
    try:
        trees = [ast.dump(ast.parse(text)) for text in (one, other)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return trees[0] == trees[1]
