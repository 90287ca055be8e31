"""How learning stands, in one badge and one sentence."""

from dataclasses import dataclass
from datetime import timedelta

from adplatform.admin.optimiser.figures import moment
from adplatform.admin.optimiser.found import Found
from optimization.models import Learning, LearningState


@dataclass(frozen=True, slots=True)
class State:
    """``colour`` is one of unfold's labels: success, warning, danger, info."""

    name: str
    colour: str
    text: str
    problem: str = ""


def state_of(found: Found) -> State:
    """The first that holds; a problem stays in sight until a run succeeds."""
    return _without_choice(found) or _of_learning(found)


def _without_choice(found: Found) -> State | None:
    match found.combinations.space.size:
        case 0:
            return State("Nothing to show", "danger", NOTHING_TO_SHOW)
        case 1:
            return State("Nothing to choose", "info", ONE_COMBINATION)
        case _:
            return None


def _of_learning(found: Found) -> State:
    learning = found.learning
    if learning.is_paused:
        return State("Paused", "warning", PAUSED, learning.problem)
    if learning.state == LearningState.RUNNING:
        return State("Learning now", "info", "A run is going on; reload this page in a moment.")
    if learning.state == LearningState.FAILED:
        return State("Failed", "danger", FAILED + next_run(learning), learning.problem)
    if found.last_done is None:
        return State("Waiting", "info", NO_RUN + next_run(learning))
    return State("Learning", "success", next_run(learning), found.last_done.problem)


def next_run(learning: Learning) -> str:
    """When the next run comes, in words."""
    words = (
        f"The next run comes with {learning.min_impressions:,} new impressions and "
        f"{learning.min_clicks:,} new clicks"
    )
    if learning.last_run_at is None:
        return f"{words}."
    latest = learning.last_run_at + timedelta(hours=learning.max_age_hours)
    return f"{words}, or at {moment(latest)} if anything new was shown by then."


NOTHING_TO_SHOW = (
    "No combination may be shown: every value of a component is switched off or banned, or rules "
    "forbid all. Lift a ban below, or open the template."
)
ONE_COMBINATION = (
    "Only one combination may be shown, so there is nothing to learn. Lift a ban or a rule, or add "
    "values to a component in a new version of the template."
)
PAUSED = "What is shown stays as it is until you resume."
FAILED = "The last run failed; what was shown before goes on being shown. "
NO_RUN = "Nothing was learnt yet: every combination is shown equally often. "
