"""Sign out of an account: keep its unsent work here, hand it over in a file, or throw it away with a copy kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.ports import Clock, OrderStore, Urgency
from techdesk.application.unsent.leaving import Leaving, Left, Way, withdraw_handed_over
from techdesk.application.unsent.rescue import RescueFile
from techdesk.desk.new_files import check_is_free
from techdesk.desk.sign_ins import SignIns
from techdesk.domain.errors import FileNotSavedError, InvalidInputError, NotFoundError
from techdesk.store.whole_file import flush_folder

if TYPE_CHECKING:
    from techdesk.desk.rescuing import RescueFiles

_LEFT = Changes(list_changed=True, outbox=True, references=True)


class Departure:
    """Sign out; the caller has stopped the account's sync."""

    def __init__(self, store: OrderStore, clock: Clock, sign_ins: SignIns, rescue: RescueFiles) -> None:
        """Keep what signing out needs."""
        self._store = store
        self._clock = clock
        self._sign_ins = sign_ins
        self._rescue = rescue

    def leave(self, account_id: str, leaving: Leaving) -> Left:
        """Sign out in one of the three ways; all unsent work is copied into TechDesk's own folder first.

        Raises:
            NotFoundError: There is no such account, or nothing to hand over.
            NotAllowedError: Something was saved meanwhile.
            InvalidInputError: There is no file to hand over in.
            FileNotSavedError: The copy or the file could not be written; nothing was changed.
            SecretsError: The credential could not be forgotten; the account is still signed in.
            StoreError: It was not saved.
        """
        account = self._sign_ins.account(account_id)
        copy = self._rescue.write_rescue(f"sign-out of {account.name}")
        if leaving.way is Way.KEEP:
            self._sign_ins.sign_out(account_id)
            return Left(changes=_LEFT, copy=copy)
        handed_over = self._hand_over(account, leaving.file) if leaving.way is Way.HAND_OVER else None
        self._sign_ins.forget(account_id, unsent_too=leaving.way is Way.DISCARD)
        return Left(changes=_LEFT, copy=copy, handed_over=handed_over)

    def _hand_over(self, account: Account, file: Path | None) -> RescueFile:
        """Write a file beside its place, withdraw what is in it, then put it there.

        So a crash leaves work in two places that no computer takes for handed over, or withdrawn and in the file, whose
        name then still ends in `.part`.
        """
        if file is None:
            raise InvalidInputError("Choose a file to hand over in")
        check_is_free(file)
        with self._store.read() as view:
            work = self._rescue.gathered(view, account.account_id, f"handed over by {account.name}", handed_over=True)
        if not work.unsent:
            raise NotFoundError("There is no unsent work to hand over")
        beside = file.with_name(file.name + ".part")
        made = self._rescue.save(beside, work)
        try:
            with self._store.write(Urgency.PERSON) as tx:
                withdraw_handed_over(tx, work, file.name, self._clock.now())
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        try:
            beside.replace(file)
            flush_folder(file.parent)
        except OSError as error:
            where = f"The work is in {file} or in {beside.name} beside it"
            raise FileNotSavedError("The file could not be given its name", where) from error
        return RescueFile(path=file, fingerprint=made.fingerprint, work=made.work)
