from chassis.service import main

main("booking", settings="booking.settings:BookingSettings", serve="booking.app:serve")
