"""The queue's wiring and its tasks: ids in; read, close, run the pipeline, open, write, commit.

The run row is the truth. The queue only says "look at this run now"; what it forgets, the reaper
finds again.
"""
