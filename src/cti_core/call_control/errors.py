"""Refusals of the mind. Errors carry data; sentences are made where a person reads them."""

from enum import StrEnum

from cti_core.call_control.trace import Party


class ErrorCategory(StrEnum):
    """CSTA universal failure categories (ECMA-269 §11.3 [S])."""

    OPERATION = "operation"
    STATE_INCOMPATIBILITY = "stateIncompatibility"
    SYSTEM_RESOURCE = "systemResourceAvailability"
    SUBSCRIBED_RESOURCE = "subscribedResourceAvailability"
    SECURITY = "security"


class DeadlineFault(Exception):
    """A machine failed at its own deadline; the cause is chained. `party` is who."""

    def __init__(self, party: Party) -> None:
        super().__init__(f"{party} failed at its deadline")
        self.party = party


class RequestRejected(Exception):
    """The client asked for what cannot be done now; nothing was changed.

    `error_id` is stable and part of the API; `detail` holds the values a person needs to understand it.
    """

    def __init__(self, error_id: str, category: ErrorCategory, **detail: object) -> None:
        super().__init__(error_id)
        self.error_id = error_id
        self.category = category
        self.detail = detail

    def __str__(self) -> str:
        told = ", ".join(f"{key}={value}" for key, value in self.detail.items())
        return f"{self.error_id} ({told})" if told else self.error_id
