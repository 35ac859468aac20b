"""An `AgreementReport` shown: a page for people, tables and JSON for machines, a methods text.

Pure functions from values to text; whoever calls them writes the files.

numbers, names <- whiskers, plots <- rows <- units, labels, validity, material <- page
"""
