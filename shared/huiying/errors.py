"""Every way in which Huiying says no.

    Failure
    ├── Rejected                 asking again is no use
    │   ├── Invalid              the request or record makes no sense
    │   ├── Unauthenticated      who asks is not known
    │   ├── Forbidden            known, but not allowed
    │   ├── NotFound             not there, or not yours
    │   ├── Conflict             the state does not permit it
    │   ├── PreconditionFailed   somebody else changed it first
    │   ├── PreconditionRequired the version that is to be changed was not named
    │   ├── TooLarge             over a documented limit
    │   └── TooMany              over a documented rate
    └── Unavailable              asking again later may be of use

Anything else that is raised is a bug. The message is for who reads the log; `code` is stable and for programs. The HTTP
status of each class is decided in `huiying.http.problems`, what a consumer does with it in `huiying.service.consumer`.
"""

from typing import ClassVar


class Failure(Exception):
    """Something that was expected to be able to fail, did."""

    code: ClassVar[str] = "failure"


class Rejected(Failure):
    """Refused for good: the same again will be refused again."""

    code = "rejected"


class Invalid(Rejected):
    """The input makes no sense. `pointer` says where, as a JSON pointer."""

    code = "invalid"

    def __init__(self, message: str, *, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class Unauthenticated(Rejected):
    """No credentials, or bad ones."""

    code = "unauthenticated"


class Forbidden(Rejected):
    """Known, but not allowed to do this."""

    code = "forbidden"


class NotFound(Rejected):
    """Not there, or not visible to who asks: the two are told apart nowhere."""

    code = "not_found"


class Conflict(Rejected):
    """The present state does not permit it."""

    code = "conflict"


class PreconditionFailed(Rejected):
    """The object has changed since the caller read it."""

    code = "precondition_failed"


class PreconditionRequired(Rejected):
    """A shared object is changed only by who names the version that was read."""

    code = "precondition_required"


class TooLarge(Rejected):
    """Over a documented limit."""

    code = "too_large"


class TooMany(Rejected):
    """Over a documented rate; `retry_after_seconds` says when to come back."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Failure):
    """Something needed is away; asking again after `retry_after_seconds` may be of use."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
