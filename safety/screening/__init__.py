"""May we treat: the questionnaire, its rules, and the outcome."""
