"""A report as a letter: its `values` are set in type as PDF, or written as Markdown.

`composing` makes them from the summary, in words of one language, to be signed; the forms only write them down.
`provider_page`, `appendix`, `unsaid` and `chart` are its parts, `cells` and `phrases` what they share.
"""
