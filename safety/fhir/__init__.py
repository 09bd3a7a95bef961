"""A screening as FHIR R4B: the questionnaire, one patient's answers, and back to the same decision."""
