"""Pages: one folder per feature, each with `forms.py` and `views.py`. Pages commit; they never solve."""
