"""Why something outside could not be told or read: a load balancer, a metrics server, somebody's address."""


class CallError(Exception):
    """`str(error)` is a sentence for people, without secrets.

    `permanent`: trying again cannot help, somebody has to change something. `conflict`: somebody else wrote in between;
    observe again, decide again. Otherwise the call may be tried again, after reading back: it may have been applied.
    """

    def __init__(self, detail: str, *, permanent: bool = False, conflict: bool = False) -> None:
        self.permanent, self.conflict = permanent, conflict
        super().__init__(detail)
