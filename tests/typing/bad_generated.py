"""Usage of a generated module that must not type-check: an error in each marked line, and in no other."""

from flagsdk import FlagClient
from tests.typing.generated_flags import CheckoutTheme, Flags, Keys

client = FlagClient.from_env()
flags = Flags(client)

Flags()  # wrong: a client is needed
Flags("redis://cache")  # wrong: an address is no client
flags.old_checkout()  # wrong: no such flag
flags.new_checkout(7)  # wrong: a number is no context
flags.checkout_theme("u", "dark")  # wrong: a default has a name
flags.new_checkout(default=None)  # wrong: the value of a boolean flag
flags.checkout_theme(default="blue")  # wrong: no such variant
flags.checkout_cohort(default="blue")  # wrong: no such backend

switch: bool = flags.checkout_theme()  # wrong: a string flag is no switch
theme: CheckoutTheme = "blue"  # wrong: no such variant
if flags.checkout_theme() == "blue":  # wrong: never true
    pass
{"stable": 1}[flags.new_checkout()]  # wrong: a switch is no cohort
_ = Keys.OLD_CHECKOUT  # wrong: no such flag
Keys.NEW_CHECKOUT = "other"  # wrong: a key is fixed
