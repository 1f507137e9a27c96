"""What the demo is about: one short story for each thing that Stageward does. The numbers are working days before now."""

from collections.abc import Iterator

from config.demo.acts import (
    IN_ITS_PLACE,
    add_attributes,
    approve,
    archive_model,
    ask,
    break_glass,
    discuss,
    lock,
    note,
    reject,
    report,
    revoke,
    sign_off,
    stand_in,
    withdraw,
)
from config.demo.diary import Entry, of
from config.demo.lives import climbed, moved

V1, V2, E2E, LINEAR = "IMAGENET1K_V1", "IMAGENET1K_V2", "IMAGENET1K_SWAG_E2E_V1", "IMAGENET1K_SWAG_LINEAR_V1"


def scenes() -> Iterator[Entry]:
    """Every scene, one after the other; their order in time is that of their numbers."""
    yield from three_wait_for_one_model()
    yield from too_much_compute()
    yield from a_successor_takes_over()
    yield from back_to_staging()
    yield from the_wrong_stage()
    yield from second_thoughts()
    yield from frozen()
    yield from edited_after_the_approval()
    yield from put_away()
    yield from the_glass_broken()
    yield from today()


def three_wait_for_one_model() -> Iterator[Entry]:
    """V1 serves; V2 waits for its second approval, one version would skip Staging, and one begins."""
    name = "RegNet_Y_16GF"
    yield from of(name, V1, climbed(57, "engineer", "production", pace=2.4))
    yield from of(
        name, V2, climbed(30, "engineer", "staging", pace=5),
        Entry(2.6, "engineer", ask, to="production"),
        Entry(1.2, "risk", approve, says="Figures checked against the published table."),
        Entry(0.9, "reviewer", discuss, says="Is any class worse than with V1? The average hides that."),
        Entry(0.6, "engineer", discuss, says="I am running it per class today, and will post the link here."),
    )  # fmt: skip
    yield from of(
        name, E2E, climbed(12, "scientist", "development"),
        Entry(0.7, "scientist", ask, to="production",
              says="The best of this family by two points. The launch is on Monday, so straight to Production, please."),
    )  # fmt: skip
    yield from of(
        name, LINEAR, climbed(11.9, "scientist", "unassigned"),
        Entry(0.35, "scientist", ask, to="development", says="The compute of V2, and 1.1 points more accurate."),
    )  # fmt: skip


def too_much_compute() -> Iterator[Entry]:
    """A move that skips Staging is rejected with the reason, asked again the long way, and approved."""
    name = "RegNet_Y_32GF"
    yield from of(name, V1, climbed(58, "engineer", "production"), moved(18, "engineer", "archived", "reviewer", wait=0.5))
    yield from of(name, V2, climbed(33, "engineer", "production", pace=4.4))
    yield from of(
        name, E2E, climbed(12.2, "scientist", "development"),
        Entry(5.2, "scientist", ask, to="production"),
        Entry(4.4, "risk", reject,
              says="3.5 points for three times the compute (94.8 against 32.3 GFLOPS for V2), and nobody has measured its latency."
              " Measure it in Staging at the batch size we serve, then ask again."),
        Entry(4.1, "scientist", discuss, says="Fair. I have asked for Staging."),
        moved(4.0, "scientist", "staging", "reviewer", wait=0.9, says="To measure its latency there."),
    )  # fmt: skip
    yield from of(name, LINEAR, climbed(11.8, "scientist", "development"))


def a_successor_takes_over() -> Iterator[Entry]:
    """V2 replaces V1 in Production, and V1 is archived afterwards."""
    yield from of("ResNet50", V1, climbed(60, "engineer", "production", pace=0.9), moved(31, "engineer", "archived", "reviewer"))
    yield from of(
        "ResNet50", V2, climbed(41, "engineer", "production", pace=2.5),
        Entry(33, "reviewer", note, says="Needs the resize of the new recipe (232 px, then a crop of 224); with the old one it loses."),
    )  # fmt: skip


def back_to_staging() -> Iterator[Entry]:
    """One version has gone back, another one is asked to."""
    yield from of("MobileNet_V3_Large", V1, climbed(49, "engineer", "production", pace=3))
    yield from of(
        "MobileNet_V3_Large", V2, climbed(26, "engineer", "production", pace=3.4),
        moved(6.1, "engineer", "staging", "risk", wait=0.04,
              says="Our export of it fails a test on older phones. Back to Staging until that is fixed; V1 keeps serving."),
    )  # fmt: skip
    yield from of("EfficientNet_B1", V1, climbed(52, "scientist", "production", pace=2))
    yield from of(
        "EfficientNet_B1", V2, climbed(19, "scientist", "staging", pace=3),
        Entry(1.4, "scientist", ask, to="development", says="Our resize is not the one it was trained with. Back until it is."),
    )  # fmt: skip


def the_wrong_stage() -> Iterator[Entry]:
    """A request is revoked by who asked, and asked again for the right stage."""
    yield from of(
        "Swin_B", V1, climbed(22, "scientist", "development"),
        Entry(8.0, "scientist", ask, to="production"),
        Entry(7.8, "scientist", revoke, says="I meant Staging."),
        moved(7.7, "scientist", "staging", "reviewer", wait=0.8),
    )  # fmt: skip
    yield from of(
        "Inception_V3", V1, climbed(44, "engineer", "development"),
        Entry(20.5, "engineer", ask, to="staging"),
        Entry(19.9, "reviewer", reject,
              says="EfficientNet_B0 is more accurate (77.7 against 77.3 %) at a fifteenth of the compute (0.39 against 5.7 GFLOPS)."
              " What does this one add?"),
    )  # fmt: skip


def second_thoughts() -> Iterator[Entry]:
    """An approval is withdrawn while the request waits for its second one."""
    yield from of(
        "ConvNeXt_Large", V1, climbed(36, "engineer", "staging", pace=3),
        Entry(3.3, "engineer", ask, to="production"),
        Entry(2.4, "risk", approve),
        Entry(2.0, "risk", withdraw, says="I read acc@5 for acc@1. Looking again."),
    )  # fmt: skip


def frozen() -> Iterator[Entry]:
    """A version in Production is closed; another one is locked while its request waits, which blocks it."""
    yield from of(
        "ViT_B_16", V1, climbed(47, "scientist", "production"),
        Entry(40, "admin", note, says="Closed for the yearly audit. Ask me to reopen it."),
        Entry(40, "admin", lock, facts="closed"),
    )  # fmt: skip
    yield from of(
        "DenseNet161", V1, climbed(47.5, "engineer", "staging", pace=4),
        Entry(9.5, "engineer", ask, to="production"),
        Entry(9.0, "risk", discuss, says="Locked: only a prefix of its digest is known. I am having the file hashed whole."),
        Entry(9.0, "risk", lock, facts="redact"),
    )  # fmt: skip
    yield from of("ViT_B_16", LINEAR, climbed(15, "scientist", "development"))
    yield from of("ViT_B_16", E2E, climbed(15.1, "scientist", "unassigned"), Entry(0.5, "scientist", ask, to="staging"))


def edited_after_the_approval() -> Iterator[Entry]:
    """An approval is void because the version was edited after it: one approves what one saw."""
    yield from of("Wide_ResNet101_2", V1, climbed(50, "engineer", "production"))
    yield from of(
        "Wide_ResNet101_2", V2, climbed(28, "engineer", "staging", pace=3),
        Entry(4.6, "engineer", ask, to="production"),
        Entry(3.9, "reviewer", approve),
        Entry(3.5, "engineer", add_attributes, facts={"resize": 232, "crop": 224}),
        Entry(2.2, "risk", approve, says="Approved with resize and crop stated."),
    )  # fmt: skip


def put_away() -> Iterator[Entry]:
    """Models that nobody needs any more; the request for one of them ended with it."""
    for number, name in enumerate(("AlexNet", "SqueezeNet1_0", "SqueezeNet1_1")):
        yield from of(
            name, V1, climbed(61 - number / 5, "engineer", "development"), moved(55 - number, "engineer", "archived", "reviewer")
        )
    yield from of("AlexNet", V1, Entry(50, "engineer", archive_model))
    yield from of("SqueezeNet1_0", V1, Entry(25, "engineer", archive_model))
    yield from of(
        "GoogLeNet", V1, climbed(59, "engineer", "development"),
        Entry(27, "engineer", ask, to="staging"),
        Entry(26, "admin", archive_model),
    )  # fmt: skip
    yield from of("VGG16", V1, climbed(58, "engineer", "staging"), moved(29, "engineer", "archived", "reviewer"))
    yield from of(
        "VGG16", "IMAGENET1K_FEATURES", climbed(16, "scientist", "unassigned"),
        Entry(15.8, "scientist", note, says="The backbone for SSD: feature layers alone, so there are no figures."),
    )  # fmt: skip


def the_glass_broken() -> Iterator[Entry]:
    """Twice a version went back to Production without the approvals: one was looked at afterwards, one still waits for that."""
    yield from of(
        "RegNet_X_8GF", V1, climbed(53, "engineer", "production", pace=3), moved(24, "engineer", "archived", "reviewer"),
        Entry(12.3, "engineer", ask, to="production", says="V2 fails on batches of one. V1 back until that is mended.",
              facts=IN_ITS_PLACE),
        Entry(12.28, "admin", break_glass, says="The product page shows no labels since 18:10, and Harriet is on a plane."),
        Entry(11.2, "risk", sign_off, says="Right call. The regression test for batches of one is in the pipeline now."),
    )  # fmt: skip
    yield from of("RegNet_X_8GF", V2, climbed(29, "engineer", "production", pace=2.5))
    yield from of(
        "RegNet_X_16GF", V1, climbed(54, "engineer", "production", pace=3), moved(21, "engineer", "archived", "reviewer"),
        Entry(0.62, "engineer", ask, to="production", says="V2 answers in 900 ms instead of 90 since the driver update.",
              facts=IN_ITS_PLACE),
        Entry(0.61, "admin", break_glass, says="Checkout waits for these answers. Nobody of Risk is in before noon."),
    )  # fmt: skip
    yield from of("RegNet_X_16GF", V2, climbed(27, "engineer", "production", pace=2.5))


def today() -> Iterator[Entry]:
    """What happened in the last hours."""
    yield from of(
        "Swin_T", V1, climbed(10, "scientist", "development"), moved(0.9, "scientist", "staging", "reviewer", wait=0.75)
    )
    yield from of(
        "EfficientNet_V2_L", V1, climbed(20, "engineer", "staging", pace=4), Entry(0.2, "engineer", ask, to="production"),
        Entry(0.19, "engineer", report, facts={
            "offline evaluation": ("passed", "85.8 % acc@1 on the held-out set, within 0.1 points of the published figure"),
            "latency": ("failed", "p95 212 ms at batch 8; the limit is 180 ms"),
        }),
        Entry(0.15, "risk", stand_in, facts=("admin", 9), says="At the audit in Oslo, with little time to look in."),
    )  # fmt: skip
    yield from of("ResNet152", V1, climbed(45, "engineer", "production"))
    yield from of(
        "ResNet152", V2, climbed(14, "engineer", "staging"), moved(1.8, "engineer", "production", "risk", "reviewer", wait=0.85)
    )
