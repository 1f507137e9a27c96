"""What the demo registers: the published weights of torchvision, read from `torchvision.json`."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("torchvision.json")

# How a model's name begins, its label, and what the family is. The longest beginning that fits is the one meant.
FAMILIES = {
    "AlexNet": ("alexnet", "The convolutional network that won ImageNet 2012."),
    "ConvNeXt": ("convnext", "A convolutional network with the design of a vision transformer."),
    "DenseNet": ("densenet", "A convolutional network in which each layer of a block reads all layers before it."),
    "EfficientNet_B": ("efficientnet", "Depth, width and resolution scaled together from one small network."),
    "EfficientNet_V2": ("efficientnet-v2", "EfficientNet, searched again for quicker training."),
    "GoogLeNet": ("googlenet", "The first network of Inception modules."),
    "Inception": ("inception", "Inception modules with factorised convolutions."),
    "MaxVit": ("maxvit", "A transformer that attends within blocks and across a grid."),
    "MNASNet": ("mnasnet", "A network for phones, found by a search that measured latency."),
    "MobileNet_V2": ("mobilenet-v2", "A network for phones, of inverted residual blocks."),
    "MobileNet_V3": ("mobilenet-v3", "A network for phones, found by search and refined by hand."),
    "RegNet_X": ("regnet", "A residual network whose widths follow one linear rule."),
    "RegNet_Y": ("regnet", "A residual network whose widths follow one linear rule, with squeeze-and-excitation."),
    "ResNet": ("resnet", "The residual network."),
    "ResNeXt": ("resnext", "A residual network with grouped convolutions."),
    "ShuffleNet": ("shufflenet-v2", "A small network of shuffled channel groups."),
    "SqueezeNet": ("squeezenet", "A network with the accuracy of AlexNet and a fiftieth of its parameters."),
    "Swin_V2": ("swin-v2", "The second version of the transformer with shifted windows."),
    "Swin": ("swin", "A vision transformer with shifted windows."),
    "VGG": ("vgg", "A plain stack of 3 × 3 convolutions."),
    "ViT": ("vit", "The vision transformer: an image as a sequence of patches."),
    "Wide_ResNet": ("wide-resnet", "A residual network with twice the width inside each block."),
}
TRAINED = {
    "IMAGENET1K_V1": "Trained on ImageNet-1K with the original recipe.",
    "IMAGENET1K_V2": "Trained on ImageNet-1K with the improved recipe.",
    "IMAGENET1K_SWAG_E2E_V1": "Pre-trained with SWAG, all layers fine-tuned on ImageNet-1K.",
    "IMAGENET1K_SWAG_LINEAR_V1": "Pre-trained with SWAG, a linear classifier fitted on ImageNet-1K.",
    "IMAGENET1K_FEATURES": "The feature layers alone, without a classifier and so without figures.",
}


@dataclass(frozen=True)
class Weights:
    """One published version of a model. What torchvision does not state is None."""

    model: str
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        """What torchvision calls it, such as IMAGENET1K_V2."""
        return str(self.facts["version"])

    @property
    def metrics(self) -> dict[str, float]:
        """Its figures, flat: `ImageNet-1K/acc@1`."""
        return {
            f"{dataset}/{figure}": value
            for dataset, figures in (self.facts["metrics"] or {}).items()
            for figure, value in figures.items()
        }

    @property
    def accuracy(self) -> float:
        """Its acc@1 in per cent; 0 where none is published."""
        return self.metrics.get("ImageNet-1K/acc@1", 0.0)

    @property
    def fields(self) -> dict[str, Any]:
        """What `registry.services.register_version` takes."""
        prefix = self.facts["sha256_prefix"]
        return {
            "name": self.name,
            "description": TRAINED[self.name],
            "artifact_uri": self.facts["url"],
            "artifact_digest": f"sha256:{prefix}" if prefix else "",
            "metrics": self.metrics,
            "parameters": self._stated(
                parameters="parameters", gflops="gflops", file_size_mb="file_size_mb", min_size="min_size"
            ),
            "attributes": {"source": "torchvision 0.29.2", "source_licence": "BSD-3-Clause"} | self._stated(licence="license"),
            "labels": ["swag"] if "SWAG" in self.name else [],
            "run_url": self.facts["recipe"] or "",
        }

    def _stated(self, **names: str) -> dict[str, Any]:
        return {ours: self.facts[theirs] for ours, theirs in names.items() if self.facts[theirs] is not None}


@dataclass(frozen=True)
class Model:
    """One published architecture with its versions, in the order of the file."""

    name: str
    versions: tuple[Weights, ...]

    @cached_property
    def family(self) -> tuple[str, str]:
        """The label of its family, and a sentence about it."""
        return FAMILIES[max((begin for begin in FAMILIES if self.name.startswith(begin)), key=len)]

    @property
    def readme(self) -> str:
        """Its card, in Markdown, made from its figures."""
        rows = [
            f"| {version.name} | {_figure(version.metrics.get('ImageNet-1K/acc@1'))} | {_figure(version.metrics.get('ImageNet-1K/acc@5'))}"
            f" | {_figure(version.facts['parameters'])} | {_figure(version.facts['gflops'])} | {_figure(version.facts['file_size_mb'])} |"
            for version in self.versions
        ]
        return "\n".join(
            [
                "## What it is",
                "",
                f"{self.family[1]} It sorts an image into one of the 1,000 classes of ImageNet-1K.",
                "",
                "## Published figures",
                "",
                "| Weights | acc@1 | acc@5 | Parameters | GFLOPS | File, MB |",
                "|---|---:|---:|---:|---:|---:|",
                *rows,
                "",
                "## Where it comes from",
                "",
                "Weights and figures as torchvision 0.29.2 publishes them (BSD-3-Clause). The digest is the part of the SHA-256 that"
                " the file name carries.",
            ]
        )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def published() -> list[Model]:
    """Return every model of the file."""
    models = json.loads(FILE.read_text(encoding="utf-8"))["models"]
    return [Model(model["name"], tuple(Weights(model["name"], facts) for facts in model["versions"])) for model in models]
