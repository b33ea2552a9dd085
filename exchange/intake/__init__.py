"""Files and answers in: text rules, validated profiles, readers of CSV and of rules."""
