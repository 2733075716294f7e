"""Usage that must not type-check: mypy --strict finds an error in each marked line, and in no other."""

from flagsdk import Context, Decision, FlagClient

flags = FlagClient(redis="redis://cache", environment=7)  # wrong: an environment is a text
other = FlagClient(source=["redis://cache"])  # wrong: one address
FlagClient(cache="redis://cache")  # wrong: no such source

number: int = flags.get_integer("a", Context("u"), None)  # wrong: the default may be served
text: str = flags.get_string("a", Context("u"), 1)  # wrong: likewise
switch: bool = flags.get_string("a")  # wrong: a string flag is no switch
flags.get_boolean(7)  # wrong: a key is a text
flags.get_boolean("a", 7)  # wrong: a number is no context
flags.is_enabled("a", default=True)  # wrong: is_enabled has no default
flags.cohort("checkout", Context("u"), None)  # wrong: a cohort is always named
Context(42)  # wrong: a targeting key is a text
Context("u", "DE")  # wrong: attributes have names

decision: Decision = flags.get_boolean("a")  # wrong: the details are asked for by name
flags.get_boolean_details("a").variant = "on"  # wrong: a decision is frozen
flags.evaluate_all()["a"] = decision  # wrong: read-only
flags.on_change("a", print, None)  # wrong: two arguments
flags.ready = True  # wrong: the client says so
flags.wait_ready("soon")  # wrong: seconds are a number
