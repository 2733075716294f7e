"""Runs a command as systemd would confine it: memory is never both written and executed, only named calls are allowed.

`python confined.py CALL,CALL,… PROGRAM [WORD…]`; exit code 77 where this machine cannot do that.
"""

import ctypes
import errno
import os
import sys
from ctypes.util import find_library

CANNOT = 77
SET_MDWE, REFUSE_EXEC_GAIN = 65, 1  # prctl(2); Linux 6.3, which systemd uses in the same way
REFUSE = 0x0005_0000 | errno.EPERM  # SCMP_ACT_ERRNO
ALLOW = 0x7FFF_0000


def main() -> None:
    """Confine this process, and become the command."""
    names, *command = sys.argv[1:]
    if ctypes.CDLL(None).prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) or not allow_only(names.split(",")):
        sys.exit(CANNOT)
    os.execv(command[0], command)  # noqa: S606  # the command that was given


def allow_only(names: list[str]) -> bool:
    """Let every other system call of this process and its children fail; False without libseccomp."""
    library = find_library("seccomp")
    if library is None:
        return False
    seccomp = ctypes.CDLL(library)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(REFUSE))
    for name in names:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # of this machine's architecture
            seccomp.seccomp_rule_add(context, ALLOW, number, 0)
    return bool(seccomp.seccomp_load(context) == 0)


if __name__ == "__main__":
    main()
