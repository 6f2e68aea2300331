"""The rules, one file per step, in the order in which a patient meets them.

Pure functions of values: no database, no clock, no file, no framework. Time is an argument.
"""
