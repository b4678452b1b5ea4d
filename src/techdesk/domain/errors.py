"""Name every error TechDesk raises on purpose.

::

    TechDeskError                   the world's fault; told in words that say what to do
    ├── InvalidInputError           what was typed cannot be taken
    │   ├── InvalidTextError        text with NUL or lone surrogates
    │   ├── RescueFileError         no rescue file, or one that was changed or cut off
    │   └── WrongRecoveryCodeError  a recovery code with a slip
    ├── NotAllowedError             the order or the account forbids it now
    │   ├── OrderClosedError, NotAcceptedError, WrongServiceTypeError
    │   ├── AlreadySentError        it can no longer be withdrawn
    │   └── NotSupportedError       the back end has no such thing
    ├── NotFoundError               no such order, account or operation here
    │   ├── AmbiguousError          the words fit several; say which
    │   ├── NoAccountError          no account here is the one that is meant
    │   └── RecordGoneError         an order or a part of it was removed meanwhile
    │       └── RemovalRefusedError it was removed here, and the server kept it
    ├── StoreError                  the file on this computer
    │   ├── StoreBusyError          another program holds it; nothing is broken
    │   ├── DiskFullError
    │   ├── StoreCorruptError
    │   ├── StoreLockedError        the key is wrong or cannot be had
    │   │   └── PasswordNeededError the master password was not given
    │   ├── StoreNotUpdatedError    an older TechDesk's file could not be brought up to date
    │   ├── StoreTakenError         another TechDesk opened it since, and writes now
    │   └── StoreTooNewError        written by a newer TechDesk
    ├── FileNotSavedError           a folder cannot be written to, or the disk is full
    ├── NotPrintedError             the printer did not take a page
    ├── SecretsError                the keyring or the encrypted file
    │   ├── NoKeyringError, KeyringSlowError
    │   └── WrongPasswordError      the master password does not open the encrypted file
    ├── ConnectionFailedError       the back end could not be used
    │   ├── OfflineError            no answer at all
    │   ├── NotTrustedError         the TLS certificate does not fit
    │   ├── CaptivePageError        a log-in page of the network answered instead
    │   ├── WrongCredentialsError
    │   │   └── NotShownError       the sign-in is taken, but does not reach this
    │   ├── WrongAddressError, WrongVersionError: something answers there, but not this system, or not as we know it
    │   ├── CursorExpiredError      the change feed must be read from its beginning
    │   ├── BusyError               the server asked us to wait, or failed
    │   ├── OutcomeUnknownError     it was sent, and no answer came
    │   └── OwnIdError              an id of this computer stands in the request, so it was not sent
    └── AlreadyRunningError         another desk of this user is open

Anything else that is raised is a bug of ours and becomes a crash report.
"""

from __future__ import annotations

from collections.abc import Sequence


class TechDeskError(Exception):
    """Tell a person what went wrong and what to do.

    Attributes:
        title: One short sentence: what is the matter.
        hint: One or two sentences: what to do next; may be empty.
    """

    default_title = "That did not work"
    default_hint = ""

    def __init__(self, title: str = "", hint: str = "") -> None:
        self.title = title or self.default_title
        self.hint = hint or self.default_hint
        super().__init__(self.title)

    def __str__(self) -> str:
        return f"{self.title}. {self.hint}" if self.hint else self.title


class InvalidInputError(TechDeskError):
    """Say that what was typed cannot be taken; `field` names where, or is empty."""

    default_title = "Please check what you typed"

    def __init__(self, title: str = "", hint: str = "", *, field: str = "") -> None:
        super().__init__(title, hint)
        self.field = field


class InvalidTextError(InvalidInputError):
    """Say that a text holds characters that no system can store."""

    default_title = "This text holds characters that cannot be stored"
    default_hint = "Remove the invisible characters (often from a copied document) and save again"


class RescueFileError(InvalidInputError):
    """Say that a file is no rescue file, or not as it was written."""

    default_title = "This is no rescue file"
    default_hint = "Nothing was taken in"


class WrongRecoveryCodeError(InvalidInputError):
    """Say that a recovery code has a slip, and where."""

    default_title = "The recovery code has a slip"
    default_hint = "Compare it with your copy, character by character. It has no I, L, O and U"


class NotAllowedError(TechDeskError):
    """Say that the order, the role or the account forbids it now."""

    default_title = "This cannot be done now"


class OrderClosedError(NotAllowedError):
    """Say that a closed or cancelled order takes no more work."""

    default_title = "This order is closed"
    default_hint = "A supervisor can reopen it by giving it another status"


class NotAcceptedError(NotAllowedError):
    """Say that the order must be accepted first."""

    default_title = "This order has not been accepted yet"
    default_hint = "Accept it first"


class WrongServiceTypeError(NotAllowedError):
    """Say that a depot event was meant for an onsite order, or the reverse."""

    default_title = "This event does not belong to this kind of order"


class AlreadySentError(NotAllowedError):
    """Say that what is to be withdrawn has left this computer, or may have."""

    default_title = "This was sent already and cannot be withdrawn"
    default_hint = "Correct it instead"


class NotSupportedError(NotAllowedError):
    """Say that the back end has no such thing."""

    default_title = "This system cannot do that"


class NotFoundError(TechDeskError):
    """Say that there is no such order, account, operation or record on this computer."""

    default_title = "Nothing was found"


class NoAccountError(NotFoundError):
    """Say that no account on this computer is the one that is meant."""

    default_title = "This account is not on this computer"


class RecordGoneError(NotFoundError):
    """Say that an order, or a part of it, is no longer here."""

    default_title = "This is no longer here"
    default_hint = "Somebody may have removed it in the meantime"


class RemovalRefusedError(RecordGoneError):
    """Say that an order, or a part of it, was removed here, and that the server kept it."""

    default_title = "You removed this, and the server kept it"
    default_hint = "Decide in the sync centre (Ctrl+U) whether it stays"


class AmbiguousError(NotFoundError):
    """Say that the words fit several things."""

    default_title = "This fits more than one"


class StoreError(TechDeskError):
    """Say that the file on this computer could not be used."""

    default_title = "The data on this computer could not be used"


class StoreBusyError(StoreError):
    """Say that another program holds the file; nothing is broken."""

    default_title = "Another program is using TechDesk's data"
    default_hint = "What you typed is still here. Close the other program, then save again"


class DiskFullError(StoreError):
    """Say that there is no room left."""

    default_title = "Not saved: the disk is full"
    default_hint = "What you typed is still here. Free some space, then save again"


class StoreCorruptError(StoreError):
    """Say that the file is damaged."""

    default_title = "TechDesk's data file is damaged"
    default_hint = "Close TechDesk and start it again: it repairs the file and saves all unsent work that can be read"


class StoreLockedError(StoreError):
    """Say that the store's key is wrong or cannot be had."""

    default_title = "TechDesk's data cannot be unlocked"
    default_hint = "Unlock the keyring, or give the master password or the recovery code. Nothing was changed"


class PasswordNeededError(StoreLockedError):
    """Say that the key is in the encrypted file, and that nobody gave its password."""

    default_title = "TechDesk needs its master password"
    default_hint = "It is the one you chose at the first start"


class StoreTakenError(StoreError):
    """Say that another process has opened the store since and is the one that writes now."""

    default_title = "TechDesk was opened a second time, and that one works now"
    default_hint = (
        "Nothing is saved or sent from here any more. What was saved here is there too; copy what you are typing, "
        "then close this one"
    )


class StoreNotUpdatedError(StoreError):
    """Say that the file of an older TechDesk could not be brought up to date."""

    default_title = "TechDesk's data could not be brought up to date"
    default_hint = (
        "Nothing was changed: the TechDesk you had before opens it. All unsent work is also in the folder “rescue” "
        "beside the data. Please report this"
    )


class StoreTooNewError(StoreError):
    """Say that a newer TechDesk wrote the file.

    Attributes:
        version: The TechDesk that opens it; empty where the file does not tell.
        unsent: How many changes in it are unsent; None where that was not looked at, or cannot be told.
        backups: Names of the backups that this TechDesk can open; None where that was not looked at.
    """

    default_title = "A newer TechDesk wrote this data"
    default_hint = "Install the newer version again. Nothing was changed"

    def __init__(
        self,
        title: str = "",
        hint: str = "",
        *,
        version: str = "",
        unsent: int | None = None,
        backups: Sequence[str] | None = None,
    ) -> None:
        named = f"Install TechDesk {version} or newer, which opens it as it is. Nothing was changed" if version else ""
        super().__init__(title, hint or named)
        self.version = version
        self.unsent = unsent
        self.backups = backups


class FileNotSavedError(TechDeskError):
    """Say that a file could not be written where the person wanted it."""

    default_title = "The file could not be saved"
    default_hint = "Choose another folder, or make room on the disk"


class NotPrintedError(TechDeskError):
    """Say that the printer did not take a page."""

    default_title = "The printer did not take it"
    default_hint = "Check that it is on and has paper, or save a PDF"


class SecretsError(TechDeskError):
    """Say that the keyring or the encrypted file failed."""

    default_title = "The keyring could not be used"


class NoKeyringError(SecretsError):
    """Say that this computer has no keyring."""

    default_title = "This computer has no keyring"
    default_hint = "Choose a master password instead"


class KeyringSlowError(SecretsError):
    """Say that the keyring did not answer in time."""

    default_title = "The keyring did not answer"
    default_hint = "Look for its window and unlock it, then try again"


class WrongPasswordError(SecretsError):
    """Say that the master password does not open the encrypted file."""

    default_title = "The master password is wrong"
    default_hint = "Try again; nothing was changed"


class ConnectionFailedError(TechDeskError):
    """Say that the back end could not be used."""

    default_title = "The server could not be used"


class OfflineError(ConnectionFailedError):
    """Say that nothing answered."""

    default_title = "The server does not answer"
    default_hint = "Check the address and the network. Your work is kept here and sent later"


class NotTrustedError(ConnectionFailedError):
    """Say that the TLS certificate does not fit the address."""

    default_title = "The server's certificate is not trusted"
    default_hint = "Do not go on in a network you do not know; otherwise ask your administrator"


class CaptivePageError(ConnectionFailedError):
    """Say that a log-in page of the network answered instead."""

    default_title = "This network wants you to log in first"
    default_hint = "Open a web browser, log in to the network, then try again"


class WrongCredentialsError(ConnectionFailedError):
    """Say that the server refused the credential."""

    default_title = "The server does not accept this sign-in"
    default_hint = "Sign in again with a valid token. Your unsent work is kept"


class NotShownError(WrongCredentialsError):
    """Say that the server takes the credential, but does not show this to it; `said` are its own words, or empty."""

    default_title = "The server does not show this to your sign-in"
    default_hint = "Ask whoever runs the server"

    def __init__(self, title: str = "", hint: str = "", *, said: str = "") -> None:
        super().__init__(title, hint or (f"The server says: {said.rstrip('.')}. {self.default_hint}" if said else ""))
        self.said = said


class WrongAddressError(ConnectionFailedError):
    """Say that something answers there, but not the expected system."""

    default_title = "Something answers at this address, but not the system you chose"
    default_hint = "Check the address"


class WrongVersionError(ConnectionFailedError):
    """Say that the server is of a version this TechDesk does not know."""

    default_title = "The server is of a version that this TechDesk does not know"
    default_hint = "Update TechDesk, or ask your administrator"


class CursorExpiredError(ConnectionFailedError):
    """Say that the server no longer knows our place in its change feed."""

    default_title = "The server wants everything to be fetched again"
    default_hint = "This happens by itself"


class BusyError(ConnectionFailedError):
    """Say that the server asked us to wait or failed; `retry_after_s` in seconds, None where it did not say."""

    default_title = "The server is busy or has a fault"
    default_hint = "TechDesk tries again by itself"

    def __init__(self, title: str = "", hint: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(title, hint)
        self.retry_after_s = retry_after_s


class OutcomeUnknownError(ConnectionFailedError):
    """Say that a change was sent and no answer came, so that nobody knows yet whether it took effect."""

    default_title = "The answer was lost on the way"
    default_hint = "Whether the server did this is not known yet"


class OwnIdError(ConnectionFailedError):
    """Say that a request was held back because an id stands in it that means something on this computer only."""

    default_title = "This names something that only this computer knows yet"
    default_hint = "Nothing was sent. Wait until the rest of the order is sent, or take the id “tmp_…” out of the text"


class AlreadyRunningError(TechDeskError):
    """Say that another desk of this user is open."""

    default_title = "TechDesk is already open"
