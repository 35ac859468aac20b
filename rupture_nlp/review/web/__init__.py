"""The pages and the JSON interface of the review application: thin over `rupture_nlp.review`."""
