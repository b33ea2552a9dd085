"""What has been agreed to: an applicant's consents and guardians, and the page of staff on them."""
