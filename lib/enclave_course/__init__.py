"""The course: problem sets with data of each student's own, and their grading without a network."""
