"""What can keep a verb from being done; each error's text is a sentence or two for the person at the terminal."""


class AdministrationError(Exception):
    """It was not done."""


class Refused(AdministrationError):
    """The gateway answered with a problem."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


class NoGateway(AdministrationError):
    """Nobody said which gateway, and none runs here."""


class Unreachable(AdministrationError):
    """The gateway does not answer."""


class NotOne(AdministrationError):
    """What was asked for names nothing, or several."""


class Unwritable(AdministrationError):
    """A file cannot be written."""


class Unreadable(AdministrationError):
    """Something that was typed cannot be read."""
