"""The facts that services tell one another: the shared language.

One module per subject; a class is one fact at one version. `registry` says on which topic a fact travels, who tells it
and who listens. A fact is whole enough that no consumer has to ask back, and carries no vendor's words.
"""
