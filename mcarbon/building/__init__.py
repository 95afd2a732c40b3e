"""Building a study in Python: expressions that write formulas, priors by constructors, and the builder."""
