"""Putting a caller through to a department."""

from dataclasses import dataclass, field

from assistant_sync.domain.departments.department import Department
from assistant_sync.domain.departments.find_department import Finding, Found, find_department
from assistant_sync.domain.live_call import speech
from assistant_sync.domain.live_call.answer_once import answer_once
from assistant_sync.domain.live_call.answers import Answer, ToolCall, Transfer, Tried, Words
from assistant_sync.domain.ports import Departments, GivenAnswers
from chassis.tenant import TenantId

_LONGEST_SUMMARY = 500
"""Characters that are said to whoever picks up."""


@dataclass(frozen=True, slots=True)
class TransferWish:
    department: str
    summary: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TransferCall:
    departments: Departments
    given: GivenAnswers

    async def __call__(
        self, tenant: TenantId, call: ToolCall | None, wish: TransferWish, tried: Tried | None
    ) -> Answer:
        """Raises ToolCallConflict."""
        finding = find_department(await self.departments.all_of(tenant), wish.department)
        return await answer_once(self.given, tenant, call, _answer(finding, wish), tried)


def _answer(finding: Finding, wish: TransferWish) -> Answer:
    if not isinstance(finding, Found):
        names = sorted(one.name for one in finding.departments)
        return Answer(Words(speech.nobody_found(finding), {"outcome": "no_department", "departments": names}))
    department = finding.department
    return Answer(
        Words(speech.put_through(department), _facts("put_through", department)),
        transfer=_transfer(department, wish),
        otherwise=Words(speech.not_put_through(department), _facts("not_put_through", department)),
    )


def _transfer(department: Department, wish: TransferWish) -> Transfer:
    summary = " ".join(wish.summary.split())[:_LONGEST_SUMMARY]
    return Transfer(
        department.number,
        department.sip_uri,
        caller_hears=speech.caller_hears(department),
        callee_hears=summary if department.is_announced else "",
    )


def _facts(outcome: str, department: Department) -> dict[str, str]:
    return {"outcome": outcome, "department": department.name}
