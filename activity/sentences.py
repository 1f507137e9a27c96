"""What each verb of the log says, as the part of a sentence that follows the actor's name."""

# {version} and {model} are links; {move} is “Development → Production”. What the others are, `activity.feed` says.
SENTENCES = {
    "model.registered": "registered the model {model}",
    "model.edited": "edited {fields} of {model}",
    "model.renamed": "renamed the model {before} to {after}",
    "model.archived": "archived the model {model}",
    "model.unarchived": "took the model {model} out of the archive",
    "model.deleted": "deleted the model {model}",
    "model_version.registered": "registered {version}",
    "model_version.edited": "edited {fields} of {version}",
    "model_version.locked": "locked {version} ({after})",
    "model_version.unlocked": "unlocked {version}",
    "model_version.deleted": "deleted {version}",
    "model_version.displaced": "moved {version} out of {left}: it is now in {standing}",
    "stage_change.requested": "asked to move {version}: {move}",
    "stage_change.approval_given": "approved the move of {version}: {move}",
    "stage_change.approval_withdrawn": "withdrew their approval of the move of {version}: {move}",
    "stage_change.approvals_voided": "changed what the move of {version} ({move}) stands for, so {approvals}",
    "stage_change.applied": "put the move of {version} into effect: {move}",
    "stage_change.rejected": "rejected the move of {version}: {move}",
    "stage_change.revoked": "took back the request to move {version}: {move}",
    "stage_change.superseded": "ended the request to move {version} ({move}), because {reason}",
    "stage_change.expired": "let the request to move {version} expire: {move}",
    "stage_change.bypassed": "put the move of {version} into effect alone: {move}",
    "comment.added": "commented on {version}",
    "policy.changed": "changed what a move into {stage} demands: {change}",
    "lifecycle.changed": "{lifecycle} the stage {named}{rules}",
    "workspace.created": "made the workspace {workspace}",
    "workspace.renamed": "renamed the workspace {before} to {after}",
    "member.added": "added {person} to {workspace} as {role}",
    "member.role_changed": "made {person} {role} of {workspace}, before {role_before}",
    "member.removed": "removed {person} from {workspace}",
    "member.left": "left {workspace}",
    "member.invited": "invited somebody to {workspace} as {role}",
    "member.invitation_withdrawn": "withdrew an invitation to {workspace}",
    "member.joined": "joined {workspace} as {role}",
    "person.created": "added {person}",
    "person.edited": "changed their own {fields}",
    "person.deactivated": "deactivated {person}",
    "person.reactivated": "reactivated {person}",
    "service_account.created": "made the service account {person} in {workspace} as {role}",
    "token.created": "made API token {token} for {person}",
    "token.revoked": "revoked API token {token} of {person}",
}

# Names of heroicons in their micro size, by verb or by its first part.
ICONS = {
    "stage_change.requested": "arrow-right-circle",
    "stage_change.approval_given": "hand-thumb-up",
    "stage_change.approval_withdrawn": "arrow-uturn-left",
    "stage_change.approvals_voided": "exclamation-triangle",
    "stage_change.applied": "check-circle",
    "stage_change.rejected": "x-circle",
    "stage_change.revoked": "arrow-uturn-left",
    "stage_change": "arrow-right-circle",
    "model_version.locked": "lock-closed",
    "model_version.unlocked": "lock-open",
    "model_version.deleted": "trash",
    "model_version.edited": "pencil",
    "model_version": "tag",
    "model.archived": "archive-box",
    "model.deleted": "trash",
    "model.edited": "pencil",
    "model.renamed": "pencil",
    "model": "cube",
    "comment": "chat-bubble-left",
    "policy": "scale",
    "workspace": "building-office",
    "member": "user-group",
    "person": "user",
    "service_account": "cpu-chip",
    "token": "key",
}


def icon_of(verb: str) -> str:
    """Return the name of a verb's icon."""
    return ICONS.get(verb) or ICONS.get(verb.partition(".")[0]) or "document-text"


def sentence_of(verb: str) -> str:
    """Return a verb's sentence; one that has none yet is told by its own words."""
    return SENTENCES.get(verb) or f"{verb.replace('.', ': ').replace('_', ' ')} {{about}}"
