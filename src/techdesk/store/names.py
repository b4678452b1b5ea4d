"""Give accounts and uids, which are long texts, short numbers inside the file."""

from __future__ import annotations

import apsw

UNKNOWN = -1
"""Stands for a name that the file does not know; no row has it."""


class Names:
    """Look names and numbers up over one connection; a number once given stays."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Start with nothing looked up; the empty name is 0 everywhere."""
        self._connection = connection
        self._numbers: dict[str, int] = {"": 0}
        self._names: dict[int, str] = {0: ""}

    def number(self, name: str) -> int:
        """Return the number of a name, `UNKNOWN` if it has none."""
        found = self._numbers.get(name)
        if found is None:
            found = self._connection.execute("SELECT name_no FROM names WHERE name = ?", (name,)).get
            if found is None:
                return UNKNOWN
            self._keep(found, name)
        return found

    def given(self, name: str) -> int:
        """Return the number of a name, giving it one if it has none; for the writer only."""
        number = self.number(name)
        if number == UNKNOWN:
            self._connection.execute("INSERT INTO names (name) VALUES (?)", (name,))
            number = self._connection.last_insert_rowid()
            self._keep(number, name)
        return number

    def name(self, number: int) -> str:
        """Return the name of a number."""
        found = self._names.get(number)
        if found is None:
            found = str(self._connection.execute("SELECT name FROM names WHERE name_no = ?", (number,)).get)
            self._keep(number, found)
        return found

    def forget(self) -> None:
        """Look everything up again: numbers given in a transaction that was rolled back are void."""
        self._numbers = {"": 0}
        self._names = {0: ""}

    def _keep(self, number: int, name: str) -> None:
        self._numbers[name] = number
        self._names[number] = name
