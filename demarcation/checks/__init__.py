"""The checks K1 to K20, one function each; which there are and in what order says :mod:`demarcation.check`."""
