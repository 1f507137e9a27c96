"""Foreign clients' protocols: doors like the pages and the API, one folder for each, all built alike.

A protocol is `urls.py` (its addresses), `views.py` (what each does: read the call, ask a service or a queryset, answer), `wire.py` (its
shapes, both ways) and `errors.py` (its `Protocol`: how refusals are told), and one line in `config/urls.py`. What repeats stands here:

- `protocol`: what a protocol says of itself.
- `routes`: its addresses, and who is let in there: token, rate limit, scope; where a password is shown; what is unknown below its prefix.
- `refusals`: whatever goes wrong, in its own shape.
- `sign_in`: the tokens of callers, by Bearer, Basic or a bare header; passes, given for a password. Never a cookie.
- `call`: one call: who asks, in which workspace, what they sent, and `change`, which does one thing in one unit of work.
- `stage_changes`: a direct stage change, which is a request like any other (rule 18).
- `lines`: lines of the log, for protocols that answer with them.
- `paging`: lists by opaque tokens, keyset behind.
- `places`: which workspace a call is about.

A new protocol then is: a `Protocol` with a code for each of `gateways.protocol.CODES`; views that take a `Call` and return a dict (or an
`HttpResponse` of their own); `urlpatterns = [*routes(PROTOCOL, "prefix/", {"path": {"GET": view}}), nothing_else(PROTOCOL, "prefix/")]`;
its line in `config/urls.py`, before those whose prefix holds its own; its name in `activity.feed.VIA`; its `Protocol` in
`tests/gateways/test_ground.py`, which tries every one.
"""
