"""The plugin for pytest, in real runs of pytest: values by marks, known flags by a file, nothing loaded before."""

import subprocess
import sys

import pytest

from flagsdk.wire import whole_json
from tests.sdk.documents import flag, texts, whole

pytest_plugins = ["pytester"]

KNOWN = whole_json(whole(texts(flag("checkout-v2"), flag("theme", "string"), flag("limit", "integer"))))


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Load nothing but this plugin, whatever is installed here."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\naddopts = -p flagsdk.integrations.pytest --strict-markers --strict-config")
    return pytester


def outcomes(run: pytest.Pytester, source: str) -> dict[str, int]:
    run.makepyfile(source)
    return run.runpytest_subprocess().parseoutcomes()


def know(run: pytest.Pytester, text: str = KNOWN) -> None:
    """Name a file of known flags."""
    (run.path / "flags.json").write_text(text)
    with (run.path / "tox.ini").open("a") as ini:
        ini.write("\nflags_file = flags.json\n")


def test_a_mark_says_what_flags_are(run: pytest.Pytester) -> None:
    source = """
        import pytest

        @pytest.mark.flags({"checkout-v2": True}, limit=7)
        def test_marked(flags):
            assert flags.is_enabled("checkout-v2") is True
            assert flags.get_integer("limit") == 7

        def test_unmarked(flags):
            assert flags.is_enabled("checkout-v2") is False
            assert flags.get_integer("limit", default=3) == 3
    """

    assert outcomes(run, source) == {"passed": 2}


def test_the_nearest_mark_wins(run: pytest.Pytester) -> None:
    source = """
        import pytest

        pytestmark = pytest.mark.flags(a="module", b="module", c="module")

        @pytest.mark.flags(b="class", c="class")
        class TestNearest:
            @pytest.mark.flags(c="test")
            def test_it(self, flags):
                assert [flags.get_string(key) for key in "abc"] == ["module", "class", "test"]
    """

    assert outcomes(run, source) == {"passed": 1}


def test_every_thread_of_a_test_sees_its_values_and_no_other_test_does(run: pytest.Pytester) -> None:
    source = """
        import pytest, threading

        def seen(flags):
            found = []
            thread = threading.Thread(target=lambda: found.append(flags.is_enabled("a")))
            thread.start()
            thread.join()
            return found[0]

        @pytest.mark.flags(a=True)
        def test_first(flags):
            assert seen(flags) is True

        def test_second(flags):
            assert seen(flags) is False
    """

    assert outcomes(run, source) == {"passed": 2}


def test_a_mark_works_without_the_fixture_among_the_arguments(run: pytest.Pytester) -> None:
    run.makeconftest("""
        import pytest, shop

        @pytest.fixture
        def flags(flags, monkeypatch):
            monkeypatch.setattr(shop, "flags", flags)
            return flags
    """)
    run.makepyfile(shop="flags = None")
    source = """
        import pytest, shop

        @pytest.mark.flags(a=True)
        def test_marked():
            assert shop.flags.is_enabled("a") is True

        def test_unmarked():
            assert shop.flags is None
    """

    assert outcomes(run, source) == {"passed": 2}


def test_known_flags_are_as_in_the_file_and_may_be_named_by_keywords(run: pytest.Pytester) -> None:
    know(run)
    source = """
        import pytest

        @pytest.mark.flags(checkout_v2=False)
        def test_marked(flags):
            assert flags.is_enabled("checkout-v2") is False
            assert flags.get_string("theme") == "yes"
    """

    assert outcomes(run, source) == {"passed": 1}


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("checkout_v3=True", "there is no flag or traffic split 'checkout_v3'"),
        ("{'checkout-v3': True}", "did you mean 'checkout-v2'"),
        ("theme=True", "theme is of type string"),
        ("1", "give one mapping"),
        ("{}, {}", "give one mapping"),
    ],
)
def test_a_mark_that_says_something_wrong_fails_the_test(run: pytest.Pytester, mark: str, says: str) -> None:
    know(run)
    run.makepyfile(f"import pytest\n\n@pytest.mark.flags({mark})\ndef test_it():\n    pass")

    result = run.runpytest_subprocess()

    assert result.parseoutcomes() == {"errors": 1}
    assert says in result.stdout.str()


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_file_that_cannot_be_read_fails_the_tests_that_use_flags(run: pytest.Pytester, text: str) -> None:
    know(run, text)

    assert outcomes(run, "def test_it(flags): pass\ndef test_other(): pass") == {"errors": 1, "passed": 1}


def test_the_plugin_loads_no_more_than_pytest_did() -> None:
    probe = """
import sys
import pytest
before = set(sys.modules)
import flagsdk.integrations.pytest
loaded = {name for name in sys.modules.keys() - before}
assert loaded == {"flagsdk", "flagsdk.integrations", "flagsdk.integrations.pytest"}, loaded
"""

    subprocess.run([sys.executable, "-c", probe], check=True, timeout=60)


def test_an_installed_sdk_brings_the_plugin_along() -> None:
    from tests.support.tree import project  # noqa: PLC0415

    assert project("sdk")["project"]["entry-points"]["pytest11"] == {"flagsdk": "flagsdk.integrations.pytest"}
