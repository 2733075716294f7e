"""The console knows every operator of a condition, and what its values are."""

import re2

from flagsdk.core.operators import OPERATORS
from tests.support.tree import ROOT

SOURCE = (ROOT / "admin" / "src" / "text" / "operators.ts").read_text()
ROW = re2.compile(r'row\("(\w+)", "[^"]+", "[^"]+", "(\w+)"(, true)?\)')


def test_the_console_has_a_row_for_every_operator_with_its_kind_of_values() -> None:
    rows = {found[1]: (found[2], bool(found[3])) for found in ROW.finditer(SOURCE)}

    assert rows == {name: (operator.operand, operator.folds_case) for name, operator in OPERATORS.items()}
