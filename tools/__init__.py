"""The commands of the book and its set-up. All but `lock_checks` and `drift` needs nothing but Python itself."""
