"""Name the people and places of the sample: made up, from several countries and time zones."""

from __future__ import annotations

from techdesk.domain.vocabulary import Role

TEAM: tuple[tuple[str, Role], ...] = (
    ("Mia Krüger", Role.TECHNICIAN),
    ("Jonas Weber", Role.TECHNICIAN),
    ("Aylin Demir", Role.TECHNICIAN),
    ("Tomasz Zieliński", Role.TECHNICIAN),
    ("Sofia Marques", Role.TECHNICIAN),
    ("Ravi Chandran", Role.TECHNICIAN),
    ("Ingrid Sjöberg", Role.SUPERVISOR),
)

STORES: tuple[tuple[str, str, str], ...] = (
    ("Leeds workshop", "GBP", "Europe/London"),
    ("Toronto service", "CAD", "America/Toronto"),
)
"""Name, currency and time zone of the stores beside the main depot."""

FIRST_NAMES = (
    "Johanna", "Anna", "Lukas", "Emre", "Zofia", "Piotr", "Maria", "João", "Inês", "Olivia", "Harry", "Amelia",
    "Søren", "Åsa", "Björn", "Chiara", "Matteo", "Nadia", "Yusuf", "Priya", "Wei", "Thảo", "Élodie", "Théo",
    "Katarzyna", "Oleksandr", "Dmytro", "Fatima", "Noah", "Hannah", "Ben", "Lea", "Finn", "Clara", "Ivan", "Milica",
)  # fmt: skip

LAST_NAMES = (
    "Ångström", "Schneider", "Fischer", "Yılmaz", "Kowalski", "Nowak", "Silva", "Ferreira", "Taylor", "Hughes",
    "O'Connor", "Lindqvist", "Nielsen", "Rossi", "Ferrari", "Haddad", "Özdemir", "Patel", "Zhang", "Nguyễn",
    "Dubois", "Lefèvre", "Shevchenko", "Bondarenko", "Rahman", "Becker", "Hoffmann", "Wagner", "Popović", "Jovanović",
    "Müller-Lüdenscheidt", "van der Berg", "MacLeod", "Grünwald", "Çelik", "Ibáñez",
)  # fmt: skip

COMPANIES = (
    "Café Morgenrot", "Hotel Seeblick", "Bäckerei Lange", "Studio Nord GmbH", "Green Kitchen Ltd", "Praxis Dr. Vogt",
    "Kita Sonnenhof", "Harbour Books", "Gasthaus zur Linde", "Pixel & Sons",
)  # fmt: skip

PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("Berlin", "10437", "Europe/Berlin", "+49 30"),
    ("Hamburg", "20357", "Europe/Berlin", "+49 40"),
    ("Leipzig", "04109", "Europe/Berlin", "+49 341"),
    ("Wien", "1070", "Europe/Vienna", "+43 1"),
    ("Leeds", "LS1 4DY", "Europe/London", "+44 113"),
    ("Lisboa", "1200-109", "Europe/Lisbon", "+351 21"),
    ("Göteborg", "411 10", "Europe/Stockholm", "+46 31"),
    ("Kraków", "31-042", "Europe/Warsaw", "+48 12"),
    ("Toronto", "M5V 2T6", "America/Toronto", "+1 416"),
    ("Denver", "80202", "America/Denver", "+1 303"),
)
"""City, postal code, time zone, dialling code."""

STREETS = (
    "Lindenallee", "Hafenstraße", "Am Markt", "Rua do Sol", "Station Road", "Queen Street", "Storgatan", "ul. Długa",
    "Kastanienweg", "Mill Lane", "Schulstraße", "Gartenweg",
)  # fmt: skip
