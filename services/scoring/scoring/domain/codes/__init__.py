"""What a writer wants, and what is at risk, with the words that say so."""
