"""The evidence: effect sizes from what a paper prints, their pooling, and what may be pooled with what.

Pure functions of values: no file, no clock. The trials themselves stand in the knowledge with their sources.
"""
