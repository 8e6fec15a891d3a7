from chassis.service import main

main("tenancy", settings="tenancy.settings:TenancySettings", serve="tenancy.app:serve")
