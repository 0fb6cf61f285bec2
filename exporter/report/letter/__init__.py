"""The summary as a letter to be signed: one composition, set in type as PDF, or written as Markdown.

`composing` makes a letter's `values` from the summary, in words of one language; the forms only write them down.
`provider_page`, `appendix`, `unsaid` and `chart` are its parts, `cells` and `phrases` what they share.
"""
