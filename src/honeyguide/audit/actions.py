"""The closed list of what the trail tells of: a name that never changes once written, and its meaning for people."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Whoever adds an act adds its value here; an old row keeps its name for ever."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Action:
        action = str.__new__(cls, value)
        action._value_ = value
        action.meaning = meaning
        return action

    # Looks.
    LOOK = "LOOK", "Data of members were shown, or searched for."
    LOOK_AT_TRAIL = "LOOK_AT_TRAIL", "The trail itself was read."
    EXPORT_TRAIL = "EXPORT_TRAIL", "The trail was written out."
    # What goes through the books: written by the database itself, in the commit of the transaction.
    ADJUST_ACCOUNT = "ADJUST_ACCOUNT", "Points or money were given or taken by hand."
    TRANSFER_POINTS = "TRANSFER_POINTS", "Points were moved from one member to another."
    ASSIGN_TIER = "ASSIGN_TIER", "A tier was given by hand."
    MERGE_MEMBERS = "MERGE_MEMBERS", "One member took another over."
    UNMERGE_MEMBERS = "UNMERGE_MEMBERS", "A merge was taken back."
    CLOSE_ACCOUNT = "CLOSE_ACCOUNT", "A membership was ended by somebody else."
    ERASE_MEMBER = "ERASE_MEMBER", "A person was forgotten."
    REVERSE_TRANSACTION = "REVERSE_TRANSACTION", "A transaction was taken back by an operator."
    OTHER_POSTING = "OTHER_POSTING", "Another transaction that names an operator."
    # Members.
    CHANGE_MEMBER = "CHANGE_MEMBER", "What is known of a member was changed by somebody else."
    END_SESSION = "END_SESSION", "A sign-in was ended because an outdated key of it was used."
    # What is frozen, looked at again, or needs a second person.
    FREEZE = "FREEZE", "A member, cashier, location or partner was frozen."
    UNFREEZE = "UNFREEZE", "A freeze was ended."
    ACCEPT_PARKED_POST = "ACCEPT_PARKED_POST", "A parked post was let through."
    REJECT_PARKED_POST = "REJECT_PARKED_POST", "A parked post was refused for good."
    SET_STAFF_ACCOUNT = "SET_STAFF_ACCOUNT", "A member was marked as staff, or no longer."
    ASK_APPROVAL = "ASK_APPROVAL", "An act over a limit was proposed to a second person."
    APPROVE = "APPROVE", "A second person let a proposed act happen."
    REFUSED = "REFUSED", "Somebody tried what is not his to do: with his own account or request, above a budget, without the right."
    DECLINE = "DECLINE", "A second person refused a proposed act."
    # Partners and credentials.
    REGISTER_PARTNER = "REGISTER_PARTNER", "A partner was let in."
    REVIEW_PARTNER = "REVIEW_PARTNER", "A new partner's first posts were judged."
    ISSUE_CREDENTIAL = "ISSUE_CREDENTIAL", "A credential was made."
    REVOKE_CREDENTIAL = "REVOKE_CREDENTIAL", "A credential was ended."
    SET_PROVIDER = "SET_PROVIDER", "An identity provider was added or changed."
    REMOVE_PROVIDER = "REMOVE_PROVIDER", "An identity provider was removed."
    # The program and the installation.
    SET_WALLET_KEY = "SET_WALLET_KEY", "A program got a pass certificate, or a service account at Google, of its own."
    REMOVE_WALLET_KEY = "REMOVE_WALLET_KEY", "Such a certificate or account was taken back."
    RENEW_PASS = "RENEW_PASS", "The token of a member's pass was replaced, and with it the links to add it."
    APPLY_PROGRAM = "APPLY_PROGRAM", "A program file was put in force."
    CHANGE_PASS_STYLE = "CHANGE_PASS_STYLE", "Images or files of a pass style were changed."
    AFTER_RESTORE = "AFTER_RESTORE", "A restored database was made ready to serve."
    RETAIN = "RETAIN", "A job removed what was kept as long as it may be."
