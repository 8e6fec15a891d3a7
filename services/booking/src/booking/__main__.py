from booking.app import serve
from booking.settings import BookingSettings
from chassis.service import main

main("booking", BookingSettings, serve)
