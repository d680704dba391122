"""The laboratory: panels with a known effect, drawn many times, and what estimators and their errors make of them."""
