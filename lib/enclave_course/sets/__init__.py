"""The problem sets, one module for each: data of a student, tasks, and what is taken for right.

No module has a worked solution. Hidden panels are made backwards from the answer, so that no code computes it, or are
estimated by the book's own estimators. Visible cases are computed by hand.
"""

from enclave_course.sets import set_1, set_2, set_3, set_4, set_5, set_6, set_project
from enclave_course.tasks import ProblemSet

EVERY: dict[str, ProblemSet] = {
    module.SET.number: module.SET for module in (set_1, set_2, set_3, set_4, set_5, set_6, set_project)
}
