"""A workspace of a given size in an empty database of the benchmarks' own: `python -m bench.world VERSIONS MODELS`.

Without numbers it makes the tables that are to be filled.

People, models and tokens come by the services. The many rows come by `INSERT … SELECT`, with the guards lifted meanwhile: one model
with all the versions, as many again spread over the others, a line of log for each, and requests decided long ago. Prints what a
client has to know, as JSON.
"""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

SUBJECT, SMALL = "subject", "small"  # models: the one with all the versions, and one with `SMALL_VERSIONS`
SMALL_VERSIONS = 1_000
PENDING = 30  # requests that wait about the many models; a tenth of the subject's versions wait besides
CONTENT: dict[str, Any] = {
    "artifact_uri": "s3://models/candidate/weights.pt",
    "artifact_digest": "sha256:" + "0f" * 32,
    "metrics": {"accuracy": 0.91, "auc": 0.887, "f1": 0.83, "gflops": 4.1, "parameters": 25557032},
    "parameters": {"epochs": 90, "batch_size": 256, "optimiser": "sgd", "learning_rate": 0.1},
    "attributes": {"team": "risk", "framework": "pytorch", "licence": "BSD-3-Clause"},
    "labels": ["tabular", "weekly"],
    "description": "The candidate of the week, trained on everything up to Sunday. " * 3,
}
# By the last digit of its number: half archived, a tenth in staging, three tenths never moved. Each model's first is in production.
STAGE = """CASE WHEN n.i = 1 THEN 'production' WHEN n.i %% 10 = 0 THEN 'staging' WHEN n.i %% 10 IN (5, 6) THEN 'development'
 WHEN n.i %% 10 IN (7, 8, 9) THEN 'unassigned' ELSE 'archived' END"""
COLUMNS = (
    "artifact_uri", "artifact_digest", "metrics", "parameters", "attributes", "labels", "run_url", "description", "lock_level",
    "created_by_id", "content_edited_by_id", "revision", "created_at", "updated_at",
)  # fmt: skip
# Over 500 days up to now, in the order of their numbers: what a moment was for the template, moved back.
BACK = {
    "postgresql": "t.{} - (%s - n.i) * (interval '500 days' / %s)",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', t.{}, printf('-%%d seconds', (%s - n.i) * 43200000 / %s))",
}
UP_TO = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
VERSIONS = f"""INSERT INTO registry_modelversion (model_id, number, name, stage, {", ".join(COLUMNS)}) {UP_TO}
 SELECT m.id, n.i, 'v' || n.i, {STAGE}, {", ".join(f"t.{column}" for column in COLUMNS[:-2])}, {{created_at}}, {{updated_at}}
 FROM n CROSS JOIN registry_registeredmodel m CROSS JOIN registry_modelversion t
 WHERE t.id = %s AND m.id BETWEEN %s AND %s ORDER BY n.i, m.id"""
# Five lines for each version: its registration, and four edits of its description.
LINES = """INSERT INTO activity_activity (chain_id, seq, prev_hash, hash, verb, via, actor_id, workspace_id, model_id, version_id,
 from_stage, to_stage, data, created_at)
 SELECT c.id, v.number * 5 - 3 + k.i, '', '', CASE WHEN k.i = 0 THEN 'model_version.registered' ELSE 'model_version.edited' END, 'api',
 v.created_by_id, m.workspace_id, m.id, v.id, '', '',
 CASE WHEN k.i = 0 THEN '{"name":"' || v.name || '"}' ELSE '{"description":{"from":"","to":"As it is."}}' END, v.created_at
 FROM registry_modelversion v JOIN registry_registeredmodel m ON m.id = v.model_id JOIN activity_chain c ON c.key = 'model:' || m.id
 CROSS JOIN (SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) k
 WHERE v.id <> %s ORDER BY v.id, k.i"""
HEADS = """UPDATE activity_chain SET seq = (SELECT MAX(a.seq) FROM activity_activity a WHERE a.chain_id = activity_chain.id)"""
COUNTERS = """UPDATE registry_registeredmodel
 SET last_number = (SELECT COALESCE(MAX(v.number), 0) FROM registry_modelversion v WHERE v.model_id = registry_registeredmodel.id)"""
HOLDINGS = """INSERT INTO registry_stageassignment (model_id, version_id, stage_id, entered_at, opened_by_request_id, actor_id)
 SELECT v.model_id, v.id, s.id, v.created_at, 0, v.created_by_id FROM registry_modelversion v
 JOIN registry_registeredmodel m ON m.id = v.model_id JOIN registry_stage s ON s.workspace_id = m.workspace_id AND s.key = v.stage
 WHERE v.stage <> 'unassigned' ORDER BY v.id"""
REQUESTS = """INSERT INTO approvals_stagechangerequest (version_id, from_stage_id, to_stage_id, direction, skipped_stages,
 requester_id, requester_principal_id, comment, status, digest, effect, overridden, decided_by_id, decided_at, closing_comment,
 created_at) SELECT v.id, f.id, s.id, 'forward', '[]', v.created_by_id, v.created_by_id, '', 'applied', '', 'approved', '[]', %s,
 v.created_at, '', v.created_at FROM registry_modelversion v JOIN registry_stage s ON s.key = v.stage
 JOIN registry_stage f ON f.workspace_id = s.workspace_id AND f.key = 'development' WHERE v.stage = 'staging' ORDER BY v.id"""
REVIEWS = """INSERT INTO approvals_review (change_request_id, reviewer_id, principal_id, decision, comment, digest, created_at)
 SELECT r.id, r.decided_by_id, r.decided_by_id, 'approve', '', '', r.created_at FROM approvals_stagechangerequest r ORDER BY r.id"""

# Those about the subject, alike but for the version: its content is the same everywhere, so the digest is too.
WAITING = """INSERT INTO approvals_stagechangerequest (version_id, {columns}) SELECT v.id, {values}
 FROM registry_modelversion v JOIN registry_registeredmodel m ON m.id = v.model_id CROSS JOIN approvals_stagechangerequest r
 WHERE m.name = %s AND v.number %% 10 = 7 AND r.id = %s ORDER BY v.id"""


@dataclass(frozen=True)
class World:
    """What a client has to know: one who asks, one who approves, and the models that their requests are about."""

    engineer: str
    reviewer: str
    models: list[str]
    versions_each: int

    @property
    def unmoved(self) -> list[tuple[str, int]]:
        """Model and number of the versions that never moved, one model after the other, so that neighbours seldom wait."""
        return [(name, i) for i in range(1, self.versions_each + 1) if i % 10 in (7, 8, 9) for name in self.models]

    @property
    def movable(self) -> list[tuple[str, int]]:
        """Those that nobody has asked to move, but for those of `spare`."""
        return self.unmoved[: -PENDING - len(self.spare)]

    @property
    def spare(self) -> list[tuple[str, int]]:
        """A third of those that nobody has asked to move, for pgbench."""
        return self.unmoved[-PENDING - len(self.unmoved) // 3 : -PENDING]


def main(numbers: list[int]) -> None:
    """Make the tables; or fill them, and print what to know of them."""
    from django.core.management import call_command  # noqa: PLC0415 - wants Django's settings

    from bench.fill import fill  # noqa: PLC0415 - the same

    if numbers:
        print(json.dumps(asdict(fill(*numbers))))
    else:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)


if __name__ == "__main__":
    import django

    django.setup()
    main([int(word) for word in sys.argv[1:]])
