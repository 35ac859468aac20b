"""Changes of the tables, one file a version, run by `rupture_nlp.review.migrate`."""
