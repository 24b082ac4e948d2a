"""Advice ties between teachers: made within and between schools, given by the user, described."""
