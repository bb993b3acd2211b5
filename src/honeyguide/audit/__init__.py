"""The trail: one row for each administrative act and each look at personal data; README.md is its specification."""

from honeyguide.audit.act import Act, Actor, Subject, SubjectKind, actor_of, at_the_command_line, by_itself, member_subject
from honeyguide.audit.actions import Action
from honeyguide.audit.record import record
from honeyguide.audit.shell import at_this_shell

__all__ = [
    "Act",
    "Action",
    "Actor",
    "Subject",
    "SubjectKind",
    "actor_of",
    "at_the_command_line",
    "at_this_shell",
    "by_itself",
    "member_subject",
    "record",
]
