"""AWS: where and as whom, clients with short time limits, and every failure as a CallError."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar

import boto3
from botocore import exceptions as broken
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.loaders import Loader, create_loader
from botocore.session import Session, get_session

from flagsvc.domain.calls import CallError
from flagsvc.outbound.aws_programs import bound_programs

CONNECT_SECONDS, READ_SECONDS = 2.0, 7.0
"""For a connection, and for an answer: the latter in all attempts together."""
ATTEMPTS = 2
SAID_CHARACTERS = 300

TOO_MANY, SERVER_ERROR = 429, 500

_ARN_PARTS = 6

TEMPORARY_CODES = frozenset({
    "InternalError", "InternalFailure", "OperationInProgressFailure", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded", "RequestThrottled", "RequestTimeout", "RequestTimeoutException", "ServerException",
    "ServiceException", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException",
    "TooManyRequestsException",
})  # fmt: skip
CONFLICT_CODES = frozenset({"PreconditionFailedException", "ResourceConflictException"})
DENIED_CODES = frozenset({
    "AccessDenied", "AccessDeniedException", "InsufficientPrivilegesException", "UnauthorizedOperation",
})  # fmt: skip
CREDENTIAL_CODES = frozenset({
    "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InvalidClientTokenId",
    "InvalidSignatureException", "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException",
})  # fmt: skip

NO_CREDENTIALS = (
    "there are no usable AWS credentials: give the service a role (instance, task or pod), or a profile, or set "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
NOT_FETCHED = (
    "the credentials cannot be fetched now: the metadata service, the agent or the credential_process is silent"
)
BAD_CREDENTIALS = "AWS does not accept the credentials: renew them, and check the clock of this machine"
DENIED = "the identity lacks a right; its guide lists those it needs"

_NOT_FETCHED = (broken.CredentialRetrievalError, broken.TokenRetrievalError)
_MISSING = (broken.NoAuthTokenError, broken.NoCredentialsError, broken.PartialCredentialsError, broken.SSOError)
_BROKEN_WIRE = (
    broken.ConnectionError,
    broken.HTTPClientError,
    broken.IncompleteReadError,
    broken.ResponseStreamingError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Options that all AWS kinds have: where, and as whom; credentials come from the chain of AWS's own library.

    `region`: where it is, by default that of the profile or AWS_REGION. `profile`: of the shared configuration files.
    `role_arn`: a role to assume with those credentials. `endpoint_url`: another address than AWS's own.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None


class Aws:
    """One service of AWS, connected at the first call. With `attempts` 1 nothing is ever sent twice."""

    def __init__(self, service: str, account: Account, *, region: str | None = None, attempts: int = ATTEMPTS) -> None:
        self._service, self._account = service, account
        self._region = region or account.region
        self._attempts = attempts

    def call(self, operation: str, **parameters: Any) -> "Answer":
        """Do one operation, named as the library's method; raises CallError for every failure."""
        try:
            return Answer(getattr(self.client, operation)(**parameters))
        except Exception as error:
            if _is_about_credentials(error):  # the client would keep for ever what its chain found, or did not
                self.__dict__.pop("client", None)
            raise call_error(f"{self._service} {operation}", error) from error

    @cached_property
    def client(self) -> Any:
        """The library's client."""
        session = boto3.session.Session(botocore_session=self._identity(), region_name=self._region)
        return session.client(self._service, endpoint_url=self._account.endpoint_url, config=self._config())

    def _identity(self) -> Session:
        session: Session = get_session()
        session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
        if self._account.profile:
            session.set_config_variable("profile", self._account.profile)
        session.set_default_client_config(self._config())  # for those who ask STS or SSO on behalf of the chain
        bound_programs(session)
        if self._account.role_arn:
            _assume(session, self._account, self._region, self._config())
        return session

    def _config(self) -> Config:
        return Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS / self._attempts,
            retries={"mode": "standard", "total_max_attempts": self._attempts},
            proxies={} if self._account.endpoint_url else None,  # an address of one's own is not behind a proxy
            user_agent_extra="flagsvc",
        )


class Answer(dict[str, Any]):
    """What AWS said. Of a member that is missing it raises CallError: garbage is read as an empty answer."""

    def __missing__(self, member: str) -> Any:
        raise CallError(f"the answer has no {member}: was it AWS that answered?")


def region_of(arn: str) -> str:
    """Take the region out of an ARN; raises ValueError when it is none (general reference, "ARN format")."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or not parts[3]:
        raise ValueError(f"{arn!r} is no ARN with a region")
    return parts[3]


def call_error(what: str, error: Exception) -> CallError:
    """Say what a failure of the library means; nothing that could hold a secret is repeated."""
    if isinstance(error, broken.ClientError):
        return _refusal(what, error)
    for kinds, permanent, told in _FAILURES:
        if isinstance(error, kinds):
            return CallError(f"{what}: {told(error)}", permanent=permanent)
    return CallError(f"{what}: the answer cannot be read ({type(error).__name__})")


def nothing_begun(error: CallError) -> bool:
    """Whether a failed call certainly did nothing: AWS refused it, or it never reached AWS."""
    cause = error.__cause__
    if isinstance(cause, broken.ClientError):
        return _status(cause) < SERVER_ERROR
    return error.permanent or isinstance(cause, broken.EndpointConnectionError | broken.ConnectTimeoutError)


@cache
def _loader(path: str | None) -> Loader:
    return create_loader(path)  # the descriptions of the services are megabytes: all who ask share them


def _assume(session: Session, account: Account, region: str | None, config: Config) -> None:
    def client_of(service: str, **settings: Any) -> Any:
        return session.create_client(
            service, **{**settings, "region_name": region, "endpoint_url": account.endpoint_url, "config": config}
        )

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=client_of,
        source_credentials=_credentials_of(session),
        role_arn=account.role_arn,
        extra_args={"RoleSessionName": "flagsvc"},
    )
    assumed = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    session._credentials = assumed  # noqa: SLF001  # the library has no public way to set credentials that refresh


def _credentials_of(session: Session) -> Any:
    found = session.get_credentials()
    if found is None:
        raise broken.NoCredentialsError
    return found


def _refusal(what: str, error: Any) -> CallError:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    said = str(error.response.get("Error", {}).get("Message", ""))
    if code in CREDENTIAL_CODES:  # what AWS says of a signature repeats headers, the session token among them
        return CallError(f"{what}: {code}: {BAD_CREDENTIALS}", permanent=True)
    told = _cut(f"{what}: {code}: {said}")
    if code in DENIED_CODES:
        return CallError(f"{told} ({DENIED})", permanent=True)
    conflict = code in CONFLICT_CODES
    temporary = code in TEMPORARY_CODES or _status(error) == TOO_MANY or _status(error) >= SERVER_ERROR
    return CallError(told, permanent=not (conflict or temporary), conflict=conflict)


def _is_about_credentials(error: Exception) -> bool:
    if isinstance(error, broken.ClientError):
        return error.response.get("Error", {}).get("Code") in CREDENTIAL_CODES
    return isinstance(error, (*_NOT_FETCHED, *_MISSING))


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _cut(text: str) -> str:
    return " ".join(text.split())[:SAID_CHARACTERS]


def _why(error: Exception) -> str:
    known = {
        "ConnectTimeoutError": "no connection in time",
        "EndpointConnectionError": "no connection",
        "ReadTimeoutError": "no answer in time; it may have been applied",
        "ConnectionClosedError": "the connection broke; it may have been applied",
    }
    return known.get(type(error).__name__, type(error).__name__)


_FAILURES: tuple[tuple[tuple[type[Exception], ...], bool, Callable[[Exception], str]], ...] = (
    (_NOT_FETCHED, False, lambda error: f"{NOT_FETCHED} ({type(error).__name__})"),
    (_MISSING, True, lambda error: f"{NO_CREDENTIALS} ({type(error).__name__})"),
    ((broken.SSLError,), True, lambda error: "the certificate is not accepted: check AWS_CA_BUNDLE"),
    (_BROKEN_WIRE, False, _why),
    ((broken.ProfileNotFound, broken.NoRegionError, broken.ParamValidationError), True, lambda error: _cut(str(error))),
    ((broken.BotoCoreError,), True, lambda error: type(error).__name__),
)
"""Which kinds of failure are permanent, and what is said of them; the first that fits."""
