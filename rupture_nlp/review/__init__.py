"""The review application: coders and the model on one page, every decision kept.

`database` opens a project's store; `coding`, `assignment`, `coders` and `projects` are the service
that pages, command line and tests call. Nothing here knows a model: suggestions come from a results
folder of `label`.
"""
