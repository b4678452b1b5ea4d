"""List ServiceChannel's events that carry a work order (its OpenAPI document, `EventType`).

`WorkOrderCheckIn` and `WorkOrderCheckOut` are not among them: they carry a check-in, whose `Id` is no work order's.
"""

from __future__ import annotations

_NAMES = """
    WorkOrderCreated WorkOrderNoteAdded WorkOrderNotePinned WorkOrderNoteUnpinned WorkOrderNoteActionResolved
    WorkOrderStatusChanged WorkOrderAttachmentAdded WorkOrderAttachmentDeleted WorkOrderNumberChanged
    WorkOrderCallerChanged WorkOrderMoeNumberChanged WorkOrderServiceNowIdChanged WorkOrderPriorityChanged
    WorkOrderScheduledDateChanged WorkOrderTradeChanged WorkOrderNteChanged WorkOrderCategoryChanged
    WorkOrderProviderChanged WorkOrderDescriptionChanged WorkOrderResolutionCreated WorkOrderResolutionUpdated
    WorkOrderResolutionCodeUpdated WorkOrderRootCauseCodeUpdated WorkOrderAssetAttached WorkOrderAssetDetached
    WorkOrderAssetValidated WorkOrderLabelAdded WorkOrderLabelDeleted WorkOrderWeatherTypeChanged
    WorkOrderWeatherTypeDeleted WorkOrderVerbalApprovalChanged WorkOrderGLCodeChanged
    WorkOrderAdditionalApprovalCodesChanged WorkOrderFeedbackRequested WorkOrderAssigneeChanged
    WorkOrderAssigneeDeleted WorkOrderProjectLink WorkOrderProjectUnlink WorkOrderRecallChanged
    WorkOrderRecallDeleted WorkOrderIssueChoiceChanged WorkOrderTechnicianAssigned
    WorkOrderTechnicianUnassigned WorkOrderTechnicianAccepted WorkOrderTechnicianDeclined
    WorkOrderCertifiedTechnicianAssigned WorkOrderLinksAdded WorkOrderLinksDeleted WorkOrderStarAdded
    WorkOrderStarRemoved WorkOrderWorkActivityAdded WorkOrderWorkActivityDeleted WorkOrderWorkActivityChanged
    RefrigerantWasUsedChanged
"""
_OF_A_WORK_ORDER = frozenset(_NAMES.split())
_WORDS_OF_A_PART = ("Deleted", "Detached", "Removed", "Unlink", "Unassigned")


def of_a_work_order(event_type: str) -> bool:
    """Say whether this event's object is a work order."""
    return event_type in _OF_A_WORK_ORDER


def of_a_part(event_type: str) -> bool:
    """Say whether this event took only a part of the work order away."""
    return of_a_work_order(event_type) and event_type.endswith(_WORDS_OF_A_PART)
