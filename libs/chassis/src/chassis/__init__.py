"""What every Switchboard service needs to run, and nothing of the business.

Admitted is what three services need and what names no business noun; `tenant` is the one exception.
"""
