"""The API of people: the caller, members, approver groups, delegations and tokens."""
