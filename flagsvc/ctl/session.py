"""One command's way to the service: what it goes by, the connection, and where its words go."""

import os
from dataclasses import dataclass
from functools import cached_property

from flagsvc.ctl.api import PATIENT, Api, Patience
from flagsvc.ctl.options import Common
from flagsvc.ctl.output import Output, note
from flagsvc.ctl.profiles import profiles_path, read_profiles
from flagsvc.ctl.values import Given, Values, resolve


@dataclass(frozen=True)
class Session:
    """Everything is found when it is first needed: raises Failure then."""

    options: Common

    @cached_property
    def values(self) -> Values:
        """What the command goes by."""
        options = self.options
        given = Given(
            url=options.url,
            environment=getattr(options, "environment", ""),
            profile=options.profile,
            token_file=options.token_file,
        )
        return resolve(given, os.environ, read_profiles(profiles_path(os.environ)))

    @cached_property
    def api(self) -> Api:
        """The service, with a token."""
        return connect(self.values.demand_url(), self.values.demand_token(), debug=self.options.debug)

    @cached_property
    def environment(self) -> str:
        """The environment that the command is about."""
        return self.values.demand_environment()

    @property
    def out(self) -> Output:
        """Where data go."""
        return Output(self.options.output)


def connect(url: str, token: str, *, debug: bool, patience: Patience = PATIENT) -> Api:
    """Open a service."""
    proxy = os.environ.get("FLAGSVC_PROXY", "")
    return Api(url, token, proxy=proxy, patience=patience, report=note if debug else None)
