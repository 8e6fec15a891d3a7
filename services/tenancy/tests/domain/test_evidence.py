"""Whose call is it: the rule, over every combination of what evidence can say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from tenancy.domain.organizations.organization import OrganizationStatus
from tenancy.domain.routing.evidence import (
    Evidence,
    Finding,
    Outcome,
    Owner,
    Route,
    Source,
    Verdict,
    read,
    weigh,
)
from tenancy.domain.routing.resolve_tenant import resolve_tenant

LAKESIDE = Owner(UUID(int=1), OrganizationStatus.ACTIVE)
HARBOR = Owner(UUID(int=2), OrganizationStatus.ACTIVE)
CLOSED = Owner(UUID(int=3), OrganizationStatus.SUSPENDED)

ABSENT, NOBODY, MALFORMED = "absent", "nobody", "malformed"
SAYINGS: tuple[str | Owner, ...] = (ABSENT, NOBODY, MALFORMED, LAKESIDE, HARBOR, CLOSED)
IDS = (Source.CALLED_NUMBER, Source.PHONE_NUMBER_ID, Source.ASSISTANT_ID)


def finding(source: Source, saying: str | Owner) -> Finding:
    value = None if saying == MALFORMED else "something well-formed"
    return Finding(Evidence(source, value), Route(saying if isinstance(saying, Owner) else None))


def weighed(
    number: str | Owner = ABSENT,
    number_id: str | Owner = ABSENT,
    assistant: str | Owner = ABSENT,
    metadata: str | Owner = ABSENT,
) -> tuple[Outcome, Owner | None]:
    sayings = zip(Source, (number, number_id, assistant, metadata), strict=True)
    resolution = weigh([finding(source, saying) for source, saying in sayings if saying != ABSENT])
    return resolution.outcome, resolution.owner


ALL = list(product(SAYINGS, SAYINGS, SAYINGS, SAYINGS))


def named_by_ids(sayings: Sequence[str | Owner]) -> set[Owner]:
    return {saying for saying in sayings[: len(IDS)] if isinstance(saying, Owner)}


def test_ids_that_agree_and_no_metadata_resolve_to_whom_they_name():
    for sayings in ALL:
        if len(named := named_by_ids(sayings)) == 1 and sayings[3] == ABSENT:
            (owner,) = named
            outcome = Outcome.SUSPENDED if owner is CLOSED else Outcome.RESOLVED
            assert weighed(*sayings) == (outcome, owner), sayings


def test_two_ids_that_name_different_organizations_are_a_contradiction_whatever_else_is_said():
    for sayings in ALL:
        if len(named_by_ids(sayings)) > 1:
            assert weighed(*sayings) == (Outcome.CONTRADICTION, None), sayings


@pytest.mark.parametrize("metadata", [NOBODY, MALFORMED, HARBOR, CLOSED])
def test_metadata_that_differs_from_what_ids_name_is_a_contradiction_even_if_nobody_bears_that_id(metadata):
    for ids in product((ABSENT, NOBODY, MALFORMED, LAKESIDE), repeat=len(IDS)):
        if LAKESIDE in ids:
            assert weighed(*ids, metadata=metadata) == (Outcome.CONTRADICTION, None), ids


def test_metadata_that_agrees_with_the_ids_changes_nothing():
    for owner, outcome in ((LAKESIDE, Outcome.RESOLVED), (CLOSED, Outcome.SUSPENDED)):
        assert weighed(number=owner, metadata=owner) == (outcome, owner)


def test_a_number_is_unknown_where_no_id_names_anybody_whatever_the_metadata_claims():
    for number, number_id, assistant, metadata in ALL:
        ids_name_nobody = not named_by_ids((number, number_id, assistant))
        if number != ABSENT and ids_name_nobody:
            said = (number, number_id, assistant, metadata)
            assert weighed(*said) == (Outcome.UNKNOWN, None), said


@pytest.mark.parametrize("assistant", [ABSENT, NOBODY, MALFORMED])
@pytest.mark.parametrize("number_id", [ABSENT, NOBODY, MALFORMED])
@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (ABSENT, (Outcome.UNKNOWN, None)),
        (NOBODY, (Outcome.UNKNOWN, None)),
        (MALFORMED, (Outcome.UNKNOWN, None)),
        (LAKESIDE, (Outcome.RESOLVED, LAKESIDE)),
        (CLOSED, (Outcome.UNKNOWN, None)),
    ],
)
def test_metadata_alone_counts_without_a_number_and_a_known_id_and_for_an_active_organization(
    number_id, assistant, metadata, expected
):
    assert weighed(number_id=number_id, assistant=assistant, metadata=metadata) == expected


@pytest.mark.parametrize("second", [HARBOR, NOBODY, MALFORMED])
def test_two_pieces_of_metadata_that_disagree_are_a_contradiction(second):
    resolution = weigh([finding(Source.METADATA, LAKESIDE), finding(Source.METADATA, second)])
    assert resolution.outcome is Outcome.CONTRADICTION


def test_an_organization_is_answered_if_and_only_if_the_outcome_is_resolved_or_suspended():
    for sayings in ALL:
        outcome, owner = weighed(*sayings)
        assert (owner is not None) == (outcome in {Outcome.RESOLVED, Outcome.SUSPENDED}), sayings


@pytest.mark.parametrize(
    ("saying", "verdict"),
    [(LAKESIDE, Verdict.NAMES_ORGANIZATION), (NOBODY, Verdict.NAMES_NOBODY), (MALFORMED, Verdict.MALFORMED)],
)
def test_a_finding_says_what_its_evidence_came_to(saying, verdict):
    assert finding(Source.ASSISTANT_ID, saying).verdict is verdict


@pytest.mark.parametrize("source", [Source.PHONE_NUMBER_ID, Source.ASSISTANT_ID, Source.METADATA])
@pytest.mark.parametrize(
    "text",
    [
        "lakeside-dental",
        "0",
        " ",
        "\x00",
        "' or true --",
        "é" * 5000,
        "5a6b7c8d111142228333944455556666",
        "5a6b7c8d-1111-4222-8333-94445555666",
        "{5a6b7c8d-1111-4222-8333-944455556666}",
        "urn:uuid:5a6b7c8d-1111-4222-8333-944455556666",
    ],
)
def test_an_id_that_is_no_uuid_is_malformed_evidence_not_an_error(source, text):
    assert read(source, text) == Evidence(source, None)


def test_one_id_in_two_cases_is_one_piece_of_evidence():
    upper = read(Source.ASSISTANT_ID, "5A6B7C8D-1111-4222-8333-944455556666")
    assert upper == read(Source.ASSISTANT_ID, "5a6b7c8d-1111-4222-8333-944455556666")


def test_a_called_number_is_read_in_its_one_spelling_and_is_malformed_otherwise():
    assert read(Source.CALLED_NUMBER, "+1 (415) 555-0100") == Evidence(Source.CALLED_NUMBER, "+14155550100")
    assert read(Source.CALLED_NUMBER, "the front desk") == Evidence(Source.CALLED_NUMBER, None)


def test_a_reason_tells_which_evidence_names_whom():
    reason = weigh(
        [
            finding(Source.CALLED_NUMBER, LAKESIDE),
            finding(Source.PHONE_NUMBER_ID, NOBODY),
            finding(Source.ASSISTANT_ID, CLOSED),
            finding(Source.METADATA, MALFORMED),
        ]
    ).reason
    assert reason == (
        f"called_number names {LAKESIDE.organization_id}; phone_number_id names nobody;"
        f" assistant_id names {CLOSED.organization_id}, which is suspended; metadata is malformed"
    )


def test_a_reason_is_one_readable_line_however_much_is_said():
    assert weigh([]).reason == "there is no evidence"
    assert weigh([finding(Source.METADATA, NOBODY)] * 1000).reason.endswith("; and 992 more")


def test_an_answer_holds_from_the_last_change_of_any_of_its_evidence():
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    changed = [
        Finding(Evidence(Source.CALLED_NUMBER, "+14155550100"), Route(LAKESIDE, last)),
        Finding(Evidence(Source.PHONE_NUMBER_ID, "an id"), Route(None, first)),
        finding(Source.ASSISTANT_ID, LAKESIDE),
    ]
    assert weigh(changed).holds_from == last
    assert weigh([finding(Source.ASSISTANT_ID, LAKESIDE)]).holds_from is None


class KnownRoutes:
    """A directory that knows one number."""

    def __init__(self) -> None:
        self.asked: list[tuple[Sequence[Evidence], datetime | None]] = []

    async def routes(self, evidence: Sequence[Evidence], at: datetime | None) -> Mapping[Evidence, Route]:
        self.asked.append((evidence, at))
        return {Evidence(Source.CALLED_NUMBER, "+14155550100"): Route(LAKESIDE)}


async def test_empty_text_is_no_evidence():
    directory = KnownRoutes()
    resolution = await resolve_tenant(directory, [(source, "") for source in Source], at=None)
    assert (resolution.outcome, resolution.findings, directory.asked) == (Outcome.UNKNOWN, [], [])


async def test_the_directory_is_asked_once_with_all_evidence_and_the_instant_of_the_call():
    directory, at = KnownRoutes(), datetime(2026, 11, 2, tzinfo=UTC)
    said = [(Source.CALLED_NUMBER, "tel:+1-415-555-0100"), (Source.ASSISTANT_ID, "nobody's")]
    resolution = await resolve_tenant(directory, said, at=at)
    assert (resolution.outcome, resolution.owner) == (Outcome.RESOLVED, LAKESIDE)
    assert directory.asked == [([finding.evidence for finding in resolution.findings], at)]
