"""Say what people call the choices of an event, where the catalogue's own names are a program's."""

from __future__ import annotations

_WORDS = {
    "parts_needed": "Needed",
    "parts_ordered": "Ordered",
    "parts_shipped": "Shipped",
    "parts_delivered": "Delivered",
    "appointment_reminder": "Reminder",
    "schedule_attempt_failure": "No date agreed",
    "appointment_requested": "Appointment requested",
    "appointment_request_confirmed": "Appointment confirmed",
    "email": "E-mail",
    "email_and_phone": "E-mail and phone",
}


def choice_words(value: str) -> str:
    """Return the words for a choice's name in JSON; those of the name itself where it has no others."""
    return _WORDS.get(value) or value.replace("_", " ").capitalize()
