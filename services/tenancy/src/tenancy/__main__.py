"""`python -m tenancy` serves; `python -m tenancy migrate` brings the schema up to date."""

from chassis.service import main
from tenancy.app import serve
from tenancy.settings import TenancySettings

main("tenancy", TenancySettings, serve)
