"""What a user asks of a study: draws, summaries, does it reproduce, is it credible."""
