"""`make eval`: how often the suggestion is right, on inquiries labelled by the definitions of R05."""
