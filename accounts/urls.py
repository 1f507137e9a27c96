"""Pages of people: their own settings, the members and approver groups of workspaces, invitations, and for staff all people."""

from django.urls import path

from accounts.views import delegations, groups, invitations, members, people, profile, tokens

urlpatterns = [
    path("settings/profile", profile.show_profile, name="profile"),
    path("settings/tokens", tokens.show_tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke", tokens.revoke, name="token-revoke"),
    path("settings/away", delegations.show_delegations, name="delegations"),
    path("settings/away/<int:pk>/withdraw", delegations.withdraw, name="delegation-withdraw"),
    path("w/<slug:ws>/groups", groups.show_groups, name="groups"),
    path("w/<slug:ws>/groups/<slug:key>", groups.show_group, name="group"),
    path("w/<slug:ws>/groups/<slug:key>/add", groups.add_person, name="group-add"),
    path("w/<slug:ws>/groups/<slug:key>/<int:user_id>/remove", groups.remove_person, name="group-remove"),
    path("w/<slug:ws>/groups/<slug:key>/delete", groups.remove_group, name="group-delete"),
    path("w/<slug:ws>/members", members.show_members, name="members"),
    path("w/<slug:ws>/members/add", members.add, name="member-add"),
    path("w/<slug:ws>/members/invite", invitations.invite_somebody, name="member-invite"),
    path("w/<slug:ws>/members/service-account", members.add_service_account, name="service-account-add"),
    path("w/<slug:ws>/members/<int:user_id>/role", members.change_role, name="member-role"),
    path("w/<slug:ws>/members/<int:user_id>/remove", members.remove, name="member-remove"),
    path("w/<slug:ws>/leave", members.leave, name="workspace-leave"),
    path("w/<slug:ws>/invitations/<int:pk>/withdraw", invitations.withdraw, name="invitation-withdraw"),
    path("invitations/<str:secret>", invitations.accept, name="invitation"),
    path("people", people.show_people, name="people"),
    path("people/<int:pk>/deactivate", people.deactivate, name="person-deactivate"),
    path("people/<int:pk>/reactivate", people.reactivate, name="person-reactivate"),
]
