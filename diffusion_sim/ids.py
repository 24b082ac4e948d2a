"""Names that are put together from ids."""

from __future__ import annotations


def escaped(name: str) -> str:
    """An id as part of a name such as ``district/school/post``: a slash within it becomes %2F, a per cent sign %25."""
    return name.replace("%", "%25").replace("/", "%2F")
