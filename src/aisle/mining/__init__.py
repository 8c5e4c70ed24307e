"""From what shoppers did to training pairs: which product answers which query, and how sure the log is of it."""
