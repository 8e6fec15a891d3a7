"""However asking, changing, telling and losing the stream fall together, nothing is remembered longer than promised."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, precondition, rule

from tenancy_client import GOOD_FOR, Changes, Memory

NUMBERS = ("+12065550101", "+12065550102", "+12065550103")


class Races(RuleBasedStateMachine):
    """Tenancy's database, what it has told, and a memory. A number's owner is the version of its last change."""

    questions = Bundle("questions")
    answers = Bundle("answers")

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.changes = Changes(monotonic=lambda: self.now, most_noted=4)
        self.memory = Memory(self.changes, most=2)
        self.log = []
        """What changed, and when; a change's version is its place."""
        self.told = None

    def owner(self, number, version):
        return max((at + 1 for at, (name, _) in enumerate(self.log[:version]) if name == number), default=0)

    @rule(number=st.sampled_from(NUMBERS))
    def tenancy_changes(self, number):
        self.log.append((number, self.now))

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.9]))
    def time_goes_by(self, seconds):
        self.now += seconds

    @rule()
    def the_stream_opens_and_forgets(self):
        self.told = len(self.log)
        self.changes.forget(self.told)

    @precondition(lambda self: self.told is not None and self.told < len(self.log))
    @rule()
    def the_next_change_is_told(self):
        number, _ = self.log[self.told]
        self.told += 1
        self.changes.note(self.told, [number])

    @precondition(lambda self: self.told is not None and self.told + 1 < len(self.log))
    @rule()
    def a_change_is_missed(self):
        self.told += 2
        self.changes.note(self.told, [self.log[self.told - 1][0]])

    @precondition(lambda self: self.told == len(self.log))
    @rule()
    def the_heart_beats(self):
        self.changes.nothing_else(self.told)

    @rule(target=questions, number=st.sampled_from(NUMBERS))
    def somebody_asks(self, number):
        return number, self.changes.moment()

    @rule(target=answers, question=consumes(questions))
    def tenancy_answers(self, question):
        number, asked = question
        return number, asked, self.owner(number, len(self.log))

    @rule(answer=consumes(answers))
    def the_answer_is_kept(self, answer):
        number, asked, owner = answer
        self.memory.keep(number, owner, names=(number,), asked=asked)

    @rule(number=st.sampled_from(NUMBERS))
    def somebody_recalls(self, number):
        owner = self.memory.recall(number)
        if owner is None:
            return
        told_since = range(self.told or 0, len(self.log) + 1)
        assert owner in {self.owner(number, version) for version in told_since}, "a change that was told is overlooked"
        assert self.ended_at(number, owner) > self.now - GOOD_FOR, "a change that was not told is overlooked for long"

    def ended_at(self, number, owner):
        later = [at for place, (name, at) in enumerate(self.log, start=1) if name == number and place > owner]
        return min(later, default=float("inf"))


TestRaces = Races.TestCase
TestRaces.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
