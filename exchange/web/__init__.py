"""Pages: a folder per feature with `forms.py` and `views.py`. They commit, and never solve."""
