"""HTML pages for people who look before they read: one page a session and an overview.

Every page is one self-contained string: no network, no font, no picture from elsewhere. Words of a
transcript stand in it only where `ReportContext.with_text` is true.
"""
