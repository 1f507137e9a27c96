"""Git repositories for tests, made with git's plumbing so that every object is what the test says."""

from pathlib import Path

from gto.git import git

WHO = "Alex Kim <alex@example.org>"


class Repository:
    """A bare repository of commits and tags."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        git(["init", "--quiet", "--bare"], folder=folder)

    def object(self, kind: str, text: str) -> str:
        """Write an object; its name."""
        command = ["hash-object", "-t", kind, "-w", "--stdin", "--literally"]
        return git(command, folder=self.folder, said=text.encode()).decode().strip()

    def commit(self, message: str) -> str:
        """Write a commit of an empty tree; equal messages are one commit."""
        tree = self.object("tree", "")
        return self.object("commit", f"tree {tree}\nauthor {WHO} 1 +0000\ncommitter {WHO} 1 +0000\n\n{message}\n")

    def tag(self, name: str, target: str, at: int, who: str = WHO, kind: str = "commit", message: str = "x") -> str:
        """Write an annotated tag; without `who`, one without a tagger."""
        tagger = f"tagger {who} {at} +0000\n" if who else ""
        made = self.object("tag", f"object {target}\ntype {kind}\ntag {name}\n{tagger}\n{message}\n")
        return self.ref(name, made)

    def ref(self, name: str, target: str) -> str:
        """Let a tag's name point at something."""
        git(["update-ref", f"refs/tags/{name}", target], folder=self.folder)
        return target

    def remove(self, name: str) -> None:
        """Take a tag away."""
        git(["update-ref", "-d", f"refs/tags/{name}"], folder=self.folder)


EXAMPLE = """\
churn#dev#1|5561a3bda81b|1693814108|Assigning stage dev to artifact churn version v3.0.0
churn#dev#4|8a1eb65b338b|1693814389|Assigning stage dev to artifact churn version v3.1.0
churn#prod#3|5561a3bda81b|1693814295|Assigning stage prod to artifact churn version v3.0.0
churn#staging#2|8a1eb65b338b|1693814202|Assigning stage staging to artifact churn version v3.1.0
churn@v3.0.0|5561a3bda81b|1693813913|Registering artifact churn version v3.0.0
churn@v3.1.0|8a1eb65b338b|1693814013|Registering artifact churn version v3.1.0
cv-class@v0.1.13|5561a3bda81b|1693813917|Registering artifact cv-class version v0.1.13
segment#dev#1|5561a3bda81b|1693814392|Assigning stage dev to artifact segment version v0.4.1
segment@v0.4.1|5561a3bda81b|1693813915|Registering artifact segment version v0.4.1
"""


def example(folder: Path) -> Repository:
    """The public repository example-gto, as far as its tags go."""
    made = Repository(folder)
    for line in EXAMPLE.splitlines():
        name, commit, at, message = line.split("|")
        made.tag(name, made.commit(commit), int(at), message=message)
    return made
