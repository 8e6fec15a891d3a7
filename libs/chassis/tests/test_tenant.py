from uuid import uuid4

import pytest

from chassis.errors import Kind, NoTenant
from chassis.tenant import TenantId, current_tenant, establish, tenant_in_scope, tenant_scope


def test_an_inner_scope_ends_where_the_outer_one_goes_on() -> None:
    outer, inner = TenantId(uuid4()), TenantId(uuid4())
    with tenant_scope(outer):
        with tenant_scope(inner):
            assert current_tenant() == inner
        assert current_tenant() == outer
    assert tenant_in_scope() is None


def test_a_scope_ends_with_an_error_too() -> None:
    with pytest.raises(RuntimeError), tenant_scope(TenantId(uuid4())):
        raise RuntimeError
    assert tenant_in_scope() is None


def test_without_a_scope_there_is_no_tenant() -> None:
    with pytest.raises(NoTenant) as refused:
        current_tenant()
    assert (refused.value.kind, refused.value.reason) == (Kind.PRECONDITION, "NO_TENANT")


def test_a_tenant_is_not_made_of_text_that_is_no_id() -> None:
    with pytest.raises(ValueError):
        establish("the clinic on Main Street")
