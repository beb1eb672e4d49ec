"""A marker of ours in the client metadata of a storage folder, readable by everyone who works on the images in it."""

from collections.abc import Callable

from encord.storage import StorageFolder

from judge_pipeline.encord_project.connection import translated_errors


class FolderMarker:
    """One key of a folder's client metadata; the other keys stay."""

    def __init__(self, read_folder: Callable[[], StorageFolder], *, key: str, domain: str) -> None:
        self._read_folder = read_folder
        self._key = key
        self._domain = domain

    def read(self) -> object:
        """The marker; None without one. One request."""
        with translated_errors("reading who works on the project", domain=self._domain):
            self._folder = self._read_folder()
            return (self._folder.client_metadata or {}).get(self._key)

    def write(self, text: str | None) -> None:
        """Writes the marker, or removes it, in the folder as last read. One request.

        The write guard is not asked: the marker is what it checks.
        """
        others = {key: value for key, value in (self._folder.client_metadata or {}).items() if key != self._key}
        with translated_errors("writing who works on the project", domain=self._domain):
            self._folder.update(client_metadata=others if text is None else {**others, self._key: text})
