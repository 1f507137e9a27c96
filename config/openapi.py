"""The settings of the API's schema. `config.schema` holds what is added to it."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Stageward",
    "DESCRIPTION": "Which version of a machine-learning model may go where, decided by two people.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.models.Role",
        "Scope": "accounts.serializers.people.SCOPES",
        "UserKind": "accounts.models.User.Kind",
        "CollaboratorKind": "registry.api.bodies.COLLABORATOR_KINDS",
        "StageKind": "registry.models.Stage.Kind",
        "LockLevel": "registry.models.ModelVersion.Lock",
        "RequestStatus": "approvals.models.StageChangeRequest.Status",
        "RequirementStatus": "approvals.requirements.RequirementStatus",
        "CheckStatus": "approvals.models.Check.Status",
        "ImportStatus": "imports.models.Import.Status",
        "ProposalStatus": "registry.models.Proposal.Status",
        "WebhookState": "notifications.models.Webhook.State",
        "DeliveryState": "notifications.models.Delivery.State",
        "Decision": "approvals.models.Review.Decision",
        "NoticeReason": "notifications.serializers.NOTICE_REASONS",
        "Action": "approvals.serializers.requests.ACTION_NAMES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.schema.add_problems",
        "config.schema.add_words",
    ],
}
