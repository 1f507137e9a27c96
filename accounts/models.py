"""People, workspaces, memberships, invitations and tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.querysets import DelegationQuerySet, InvitationQuerySet, MembershipQuerySet, TokenQuerySet, WorkspaceQuerySet

username_shape = RegexValidator(r"^[\w.@+-]+\Z", "Use letters, digits and . @ + - _ only.")
slug_shape = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z", "Use lower-case letters, digits and hyphens between them.")


class Role(models.TextChoices):
    """What a member may do: a viewer reads, an editor registers, asks and decides, an admin also sets people and locks."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Its place, so that roles compare."""
        return list(Role).index(self)

    def covers(self, needed: "Role") -> bool:
        """Tell whether this role includes what `needed` may do."""
        return self.rank >= needed.rank


class UserManager(BaseUserManager["User"]):
    """What Django's own commands expect; Stageward's way in is `accounts.services.create_person`."""

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """Make a person who can sign in once a password is set."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """Make a person who may create people and workspaces. There is no power above the rules."""
        return self.create_user(username, email, password, is_staff=True, **fields)


class User(AbstractBaseUser):
    """Somebody who acts: a person, or a service account that counts as the person who owns it."""

    class Kind(models.TextChoices):
        PERSON = "person"
        SERVICE = "service"

    username = models.CharField(max_length=150, unique=True, validators=[username_shape])
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    owner = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="service_accounts")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    date_joined = models.DateTimeField()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
    objects = UserManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="person", owner=None) | Q(kind="service", owner__isnull=False),
                name="service_accounts_have_owners",
            ),
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="one_person_per_email"),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name to show."""
        return self.name or self.username

    @property
    def principal_id(self) -> int:
        """The person whose decision this is: a service account's owner, else the user."""
        return self.owner_id or self.pk

    def get_full_name(self) -> str:
        """The name, as Django's own pages ask for it."""
        return self.display_name


class Workspace(models.Model):
    """A team's space. With `multi_hold` a version may hold several stages at once; with `open_stages` any name becomes a stage."""

    slug = models.CharField(max_length=60, unique=True, validators=[slug_shape])
    title = models.CharField(max_length=120)
    multi_hold = models.BooleanField(default=False, db_default=False)
    open_stages = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    objects = WorkspaceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """A user's role in a workspace, and who gave it when: power given by a requester does not count for their own request."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    given_by_principal = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_workspace"),)

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.workspace_id}"


class ApproverGroup(models.Model):
    """Named people of a workspace, whom policies ask for. A service account is never in one: it counts as its owner."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="approver_groups")
    key = models.CharField(max_length=60, validators=[slug_shape])
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("workspace_id", "key")
        constraints = (models.UniqueConstraint(fields=["workspace", "key"], name="one_group_per_key"),)

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """Somebody is in a group, put there by whom and when: power given by a requester does not count for their own request."""

    group = models.ForeignKey(ApproverGroup, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="groups")
    given_by_principal = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["group", "user"], name="once_in_a_group"),)

    def __str__(self) -> str:
        return f"{self.user_id} is in {self.group_id}"


class Delegation(models.Model):
    """While somebody is away, another person decides for them: as one of their groups, under both names."""

    delegator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_held")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="a_delegation_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(delegator=models.F("delegate")), name="nobody_delegates_to_themselves"),
        )

    def __str__(self) -> str:
        return f"{self.delegate_id} decides for {self.delegator_id}"


class Invitation(models.Model):
    """A link by which somebody becomes a member. Only its hash is kept."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation of {self.email}"


class ApiToken(models.Model):
    """A key of a user. The secret is shown once; its SHA-256 is kept, which is enough for 256 random bits."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    objects = TokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
