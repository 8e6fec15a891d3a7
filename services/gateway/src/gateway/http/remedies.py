"""What to say of a service's state, and what helps: by its reason, where more can be said than the kind says."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Remedy:
    detail: str
    """`{field}` and `{properties}` stand for the names of what is wrong, where the state names it."""
    fix: str


OF_SEVERAL: Mapping[str, Remedy] = MappingProxyType(
    {
        "MALFORMED_PERIOD": Remedy(
            "There is no such period: it ends before it begins, is longer than 366 days, or one end cannot be read.",
            "Send `from` and `to` as days, `2027-01-31`, or as times with their offset, `2027-01-31T09:00:00Z`.",
        ),
        "RECORDING_NOT_FOUND": Remedy(
            "There is no such recording of the call, or whoever called was erased.",
            "Read the call: `has_recording` tells whether one is known. Perhaps the assistant records nothing.",
        ),
        "UNKNOWN_TIMEZONE": Remedy(
            "There is no such time zone.", "Send a name of the IANA database, such as `Europe/Berlin`."
        ),
        "MALFORMED_ID": Remedy("`{field}` is no UUID.", "Send an id in its usual form."),
        "MISSING_NAME": Remedy("`name` is empty or too long.", "Send a name by which people know it."),
        "MALFORMED_PAGE_TOKEN": Remedy(
            "`cursor` is none of this list's.", "Send `next_cursor` of the page before, as it is."
        ),
    }
)
"""What more than one service can say."""

OF_TENANCY: Mapping[str, Remedy] = MappingProxyType(
    {
        "RATE_LIMIT_OUT_OF_RANGE": Remedy(
            "A rate limit is a whole number from 1 to 1000000 a minute.",
            "Send such a number, or null for what the deployment allows all.",
        ),
        "ORGANIZATION_NOT_FOUND": Remedy("There is no organization of that id.", "Check the id."),
        "MALFORMED_ORGANIZATION_ID": Remedy("The organization's id is no UUID.", "Send it in its usual form."),
        "MALFORMED_PHONE_NUMBER": Remedy(
            "That is no telephone number.", "Send it with its country code, such as `+14155550100`."
        ),
        "MALFORMED_PHONE_NUMBER_ID": Remedy("`vapi_phone_number_id` is no UUID.", "Send the id that Vapi shows."),
        "PHONE_NUMBER_TAKEN": Remedy(
            "The number, or Vapi's id of it, is in use.",
            "Check it. To move a number, name the organization that holds it in `move_from`.",
        ),
        "PHONE_NUMBER_NOT_FOUND": Remedy(
            "The organization holds no such number.", "List its numbers, and check who is named in `move_from`."
        ),
        "API_KEY_NOT_FOUND": Remedy("There is no live key of that id.", "List the keys."),
        "TOO_MANY_LIVE_API_KEYS": Remedy(
            "Two keys of that name are live: one to replace, one to replace it with.", "Revoke one of them first."
        ),
        "WEBHOOK_CREDENTIAL_NOT_FOUND": Remedy("There is no live credential of that id.", "List the credentials."),
        "TOO_MANY_LIVE_WEBHOOK_CREDENTIALS": Remedy(
            "Two credentials are live, or will be: one to replace, one to replace it with.",
            "Revoke one of them first.",
        ),
        "MALFORMED_WEBHOOK_CREDENTIAL": Remedy(
            "The credential cannot be used as it is described.", "Send the plan as Vapi shows it."
        ),
        "QUARANTINED_MESSAGE_NOT_FOUND": Remedy(
            "There is no message of that id in quarantine, or no more.", "List what is there."
        ),
    }
)

OF_BOOKING: Mapping[str, Remedy] = MappingProxyType(
    {
        "MALFORMED_TIME": Remedy(
            "`{field}` is beyond the calendar, or no whole minute.", "Send a time of this century, without seconds."
        ),
        "MALFORMED_OPENING_HOURS": Remedy(
            "`opening_hours` cannot be: one ends before it begins, overlaps another, or is no time of a weekday.",
            "Send weekdays from 1, Monday, to 7, and times as `08:30`; `24:00` ends a day.",
        ),
        "MALFORMED_CLOSURE": Remedy(
            "`{field}` cannot be: one ends before it begins, or is no date or time.",
            "Send days as `2027-01-31` and times as `08:30`; `24:00` ends a day.",
        ),
        "MALFORMED_SERVICE": Remedy(
            "`{field}` is too little, too much, or nothing that a service can have.",
            "Send a duration and a step of 5 to 720 minutes, buffers up to 240, a lead time up to a year, a horizon of"
            " 1 to 730 days, at most 50 synonyms.",
        ),
        "SERVICE_NAME_TAKEN": Remedy("There is a service of that name.", "Change that one, or choose another name."),
        "DEFAULT_SERVICE_EXISTS": Remedy("Another service is booked by default.", "Change that one first: one can be."),
        "CALENDAR_NOT_FOUND": Remedy("There is no calendar of that id.", "List the calendars."),
        "CALENDAR_NAME_TAKEN": Remedy(
            "There is a calendar of that name.",
            "Choose another: callers and staff tell calendars apart by their names.",
        ),
        "CALENDAR_IN_USE": Remedy(
            "Appointments are to come in the calendar.", "Move or cancel them first; close it, so that none is added."
        ),
        "SERVICE_NOT_FOUND": Remedy("There is no service of that id.", "List the services."),
        "APPOINTMENT_NOT_FOUND": Remedy("There is no appointment of that id.", "List the appointments."),
        "APPOINTMENT_OVER": Remedy("The appointment was cancelled, or is past.", "Make a new one."),
        "APPOINTMENT_TO_COME": Remedy("The appointment has not begun.", "Say how it ended once it has; or cancel it."),
        "TIME_TAKEN": Remedy("Somebody else has that time.", "Choose another: list the calendar's appointments."),
        "TIME_CLOSED": Remedy("The calendar is closed then.", "Choose a time within its hours, or add an opening."),
        "TIME_PAST": Remedy("That time is over.", "Choose one to come."),
        "TIME_TOO_FAR_AHEAD": Remedy(
            "That is further ahead than the service is booked.", "Choose a nearer day, or change `horizon_days`."
        ),
        "CONTACT_NOT_FOUND": Remedy("There is no contact of that id.", "List the contacts."),
        "MALFORMED_CONTACT": Remedy(
            "`{field}` cannot be, or there is neither a number nor an address.",
            "Send `phone` with its country code, such as `+14155550100`, or `email`.",
        ),
        "CONTACT_EXISTS": Remedy("Another contact is of that name and number or address.", "Change that one."),
        "CALL_NOT_FOUND": Remedy("There is no call of that id.", "List the calls."),
        "FEED_NOT_FOUND": Remedy("There is no live link of that id.", "List the links."),
        "TOO_MANY_FEEDS": Remedy("The calendar has as many links as it may.", "Revoke one first."),
        "BUSY_SOURCE_NOT_FOUND": Remedy("There is no calendar outside of that id.", "List them."),
        "MALFORMED_BUSY_SOURCE": Remedy(
            "`{field}` cannot be used.", "Send a link of https:// or webcal://, without user and password in it."
        ),
        "TOO_MANY_BUSY_SOURCES": Remedy("The calendar has as many calendars outside as it may.", "Remove one first."),
        "CONNECTION_NOT_FOUND": Remedy("There is no connection of that id.", "List the calendar's connections."),
        "MALFORMED_CONNECTION": Remedy(
            "`{field}` cannot be used.",
            "Send the https:// address of a CalDAV calendar, without user and password in it, and both beside it.",
        ),
        "TOO_MANY_CONNECTIONS": Remedy("The calendar has as many connections as it may.", "Remove one first."),
    }
)

OF_ASSISTANTS: Mapping[str, Remedy] = MappingProxyType(
    {
        "AGENT_NOT_FOUND": Remedy(
            "The organization has no assistant of that type.", "Save one: `PUT /api/assistants/{type}`."
        ),
        "NAME_TOO_LONG": Remedy("`name` is longer than Vapi allows.", "Send at most 40 characters."),
        "REFUSED_BY_VAPI": Remedy(
            "Vapi refuses `{properties}`; nothing was changed.",
            "Send them as Vapi's documentation of the assistant describes them.",
        ),
        "MALFORMED_FIELD": Remedy("`{field}` holds what Vapi cannot take.", "Leave out NULs and infinite numbers."),
        "ASSISTANT_NOT_FOUND": Remedy(
            "None of the organization's assistants has that id.", "Take it from `GET /api/assistants`."
        ),
        "ASSISTANT_MISSING": Remedy(
            "The assistant was deleted in Vapi; it is not made anew by itself.",
            'To have another made, save it with `"recreate": true` (`PUT /api/assistants/{type}`).',
        ),
        "INVALID_WEBHOOK_URL": Remedy(
            "The URL is neither https nor http to this machine.", "Send one that begins with `https://`."
        ),
        "INVALID_BACKEND_URL": Remedy(
            "The URL is neither https nor http to this machine.", "Send one that begins with `https://`."
        ),
        "VAPI_AWAY": Remedy("Vapi does not answer, or is busy.", "Repeat in a moment; what was saved follows."),
        "VAPI_UNAUTHORISED": Remedy("Vapi does not accept this deployment's key.", "Check VAPI_PRIVATE_KEY."),
        "TENANCY_AWAY": Remedy("Whose the call is cannot be asked at the moment.", "Repeat in a moment."),
        "DEPARTMENT_NOT_FOUND": Remedy("There is no department of that id.", "List the departments."),
        "DEPARTMENT_NAME_TAKEN": Remedy(
            "There is a department that is called so.",
            "Choose another name: callers and staff tell departments apart by it.",
        ),
        "MALFORMED_DEPARTMENT": Remedy(
            "`{field}` cannot be, or there is neither a number nor a SIP URI, or both.",
            "Send `number` with its country code, such as `+14155550101`, or `sip_uri`, such as"
            " `sip:billing@example.com`; names of at most 60 characters.",
        ),
        "TOO_MANY_DEPARTMENTS": Remedy("The organization has as many departments as it may.", "Delete one first."),
        "ROLLOUT_NOT_FOUND": Remedy("There is no roll-out of that id.", "Ask for the latest."),
        "ROLLOUT_UNDER_WAY": Remedy("Another roll-out has not ended.", "Wait for it, or roll it back."),
        "ROLLOUT_OVER": Remedy("The roll-out has ended, or a later one began.", "Start another."),
    }
)

OF_REASON: Mapping[str, Remedy] = MappingProxyType({**OF_SEVERAL, **OF_TENANCY, **OF_BOOKING, **OF_ASSISTANTS})
