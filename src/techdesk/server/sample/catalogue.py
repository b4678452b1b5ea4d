"""Tell what breaks and how it is mended: devices, their faults, and what a technician finds and does."""

from __future__ import annotations

from dataclasses import dataclass

from techdesk.domain.vocabulary import ServiceKind


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a device fails.

    Attributes:
        title: What the order is called.
        told: What the customer says.
        found: What the technician finds.
        done: What mends it.
        part: What is replaced; empty for work alone.
        price: Of the part.
    """

    title: str
    told: str
    found: str
    done: str
    part: str = ""
    price: str = "0"


@dataclass(frozen=True, slots=True)
class Device:
    """One kind of device that comes in, or that is visited."""

    name: str
    kind: ServiceKind
    models: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...]
    accessories: tuple[str, ...] = ("",)


_DEPOT, _ONSITE, _OTHER = ServiceKind.DEPOT, ServiceKind.ONSITE, ServiceKind.OTHER

DEVICES: tuple[Device, ...] = (
    Device(
        "Coffee machine",
        _DEPOT,
        (("De'Longhi", "Magnifica S"), ("Jura", "E6"), ("Siemens", "EQ.6 plus"), ("Gaggia", "Classic")),
        (
            Fault(
                "Coffee machine leaks at the bottom",
                "There is a puddle under it after every cup. It started after we descaled it.",
                "Brew group seal hard and cracked, thermoblock fitting loose.",
                "Replaced both O-rings, refitted the hose, two test brews without a drop.",
                "Brew group seal set",
                "9.80",
            ),
            Fault(
                "Grinder makes noise but no coffee",
                "It grinds for ages and the cup stays empty, then it says add beans.",
                "Foreign body (a small stone) jams the lower burr; burrs worn.",
                "Took the stone out, replaced the burrs, set the grind to 4.",
                "Burr set 40 mm",
                "34.50",
            ),
            Fault(
                "No steam from the wand",
                "Milk stays cold. The wand only drips.",
                "Steam valve scaled up completely.",
                "Descaled the valve block in citric acid, new nozzle, 1.3 bar steady.",
                "Steam nozzle",
                "12.90",
            ),
        ),
        ("Drip tray, water tank", "Milk jug", "No accessories handed in"),
    ),
    Device(
        "Laptop",
        _DEPOT,
        (("Lenovo", "ThinkPad T14 Gen 3"), ("Dell", "Latitude 5430"), ("HP", "EliteBook 840 G9"), ("Framework", "13")),
        (
            Fault(
                "Laptop does not charge",
                "Plugged in, not charging. Wiggling the plug helps for a minute.",
                "USB-C socket has lost two solder joints; battery at 71 % health.",
                "Reflowed the socket, charges at 65 W in both directions.",
                "USB-C daughter board",
                "41.00",
            ),
            Fault(
                "Screen flickers when the lid moves",
                "The picture goes pink or black when I tilt the screen.",
                "Display cable chafed through at the left hinge.",
                "New display cable, hinge re-torqued, 200 lid cycles without a flicker.",
                "eDP cable 40-pin",
                "27.40",
            ),
            Fault(
                "Some keys dead after a spill",
                "A little tea. The whole right side does not type any more.",
                "Keyboard membrane corroded, mainboard dry and clean.",
                "New keyboard, palm rest cleaned, key test passed.",
                "Keyboard assembly",
                "68.90",
            ),
        ),
        ("Power supply", "Power supply and sleeve", "Without charger"),
    ),
    Device(
        "Smartphone",
        _DEPOT,
        (("Fairphone", "5"), ("Samsung", "Galaxy A54"), ("Google", "Pixel 8"), ("Apple", "iPhone 13")),
        (
            Fault(
                "Display cracked after a fall",
                "Fell on the kitchen floor. Touch works in the lower half only.",
                "Display glass and digitiser broken, frame straight.",
                "New display, frame seal renewed, touch and brightness calibrated.",
                "Display unit",
                "119.00",
            ),
            Fault(
                "Battery is empty by noon",
                "Used to last two days. Gets warm in the pocket.",
                "Battery at 640 cycles, 62 % of its capacity; no app to blame.",
                "New battery, seal renewed, full charge cycle logged.",
                "Battery",
                "39.90",
            ),
            Fault(
                "Microphone very quiet in calls",
                "Everybody asks me to speak up. Loudspeaker mode is fine.",
                "Lower microphone mesh blocked with lint.",
                "Cleaned the mesh, call test recorded at normal level.",
            ),
        ),
        ("Case", "SIM card left in the phone", ""),
    ),
    Device(
        "Vacuum cleaner",
        _DEPOT,
        (("Miele", "Complete C3"), ("Dyson", "V11"), ("Bosch", "Unlimited 7"), ("Numatic", "Henry HVR160")),
        (
            Fault(
                "Loses suction after a minute",
                "It starts strong and then just hums. The filter is new.",
                "Airway blocked behind the bend; motor filter felted shut.",
                "Cleared the bend, new motor filter, 21 kPa at the hose.",
                "Motor filter",
                "14.20",
            ),
            Fault(
                "Smells burnt and stops",
                "It smelled of rubber, then it went off and does not start again.",
                "Brush bar jammed, belt melted, thermal fuse open.",
                "New belt and fuse, bearings freed, 15 minutes under load at 74 °C.",
                "Drive belt",
                "11.50",
            ),
        ),
        ("Floor head", "Floor head and hose", ""),
    ),
    Device(
        "Cordless drill",
        _DEPOT,
        (("Makita", "DHP484"), ("Bosch", "GSR 18V-55"), ("DeWalt", "DCD796"), ("Metabo", "BS 18 L")),
        (
            Fault(
                "Drill cuts out under load",
                "Runs free but stops as soon as it meets wood.",
                "One cell of the pack at 2.1 V, the others fine; brushes half worn.",
                "Replaced the pack under warranty, new brushes, torque test passed.",
                "Carbon brushes",
                "7.60",
            ),
            Fault(
                "Chuck wobbles",
                "The bit draws circles. I did not drop it, honestly.",
                "Spindle bent by 0.4 mm, chuck jaws chipped.",
                "New chuck, spindle straightened, run-out 0.06 mm.",
                "Keyless chuck 13 mm",
                "26.00",
            ),
        ),
        ("Case, two batteries, charger", "One battery", ""),
    ),
    Device(
        "Sewing machine",
        _DEPOT,
        (("Bernina", "335"), ("Brother", "Innov-is A16"), ("Pfaff", "Smarter 160s"), ("Janome", "M30A")),
        (
            Fault(
                "Skips stitches on jersey",
                "Cotton is fine, jersey has gaps every few centimetres.",
                "Hook timing late by 3°, needle bar a hair too high.",
                "Timing and needle bar set to gauge, sewn 2 m of jersey without a gap.",
            ),
            Fault(
                "Foot pedal has only one speed",
                "Either off or full throttle. It scares the children.",
                "Track of the pedal potentiometer worn through.",
                "New pedal electronics, speed even from 60 to 850 stitches a minute.",
                "Pedal board",
                "31.80",
            ),
        ),
        ("Foot pedal, case", "Foot pedal"),
    ),
    Device(
        "Headphones",
        _DEPOT,
        (("Bose", "QC45"), ("Sony", "WH-1000XM4"), ("Sennheiser", "HD 450BT"), ("Teufel", "Real Blue NC")),
        (
            Fault(
                "Left side silent",
                "Sound on the right only. Cable or Bluetooth, no difference.",
                "Wire broken where the yoke swivels.",
                "Rewired the left cup with silicone lead, strain relief added.",
            ),
            Fault(
                "Does not switch on",
                "Charged all night. No light at all.",
                "Battery deeply discharged to 0.9 V, charge chip fine.",
                "New cell, 24 hours of playback measured.",
                "Li-ion cell 1050 mAh",
                "13.40",
            ),
        ),
    ),
    Device(
        "Washing machine",
        _ONSITE,
        (("Bosch", "WAN28282"), ("Miele", "WCA030"), ("LG", "F4WV709"), ("AEG", "L6FBA684")),
        (
            Fault(
                "Washing machine does not drain",
                "Water stands in the drum, it beeps three times and stops.",
                "Drain pump blocked by a hair clip, impeller cracked.",
                "New drain pump, filter cleaned, full cycle without an error.",
                "Drain pump",
                "48.00",
            ),
            Fault(
                "Walks across the room when spinning",
                "It moved half a metre last night. The neighbours complained.",
                "Two dampers without oil, feet not locked.",
                "Dampers replaced in pairs, levelled, 1,400 rpm on the spot.",
                "Damper set",
                "36.50",
            ),
        ),
    ),
    Device(
        "Refrigerator",
        _ONSITE,
        (("Liebherr", "CNd 5223"), ("Samsung", "RB34"), ("Bosch", "KGN39"), ("Gorenje", "NRK6192")),
        (
            Fault(
                "Fridge too warm, freezer fine",
                "Milk turns after two days; the freezer is at −18 as always.",
                "Evaporator fan iced up, defrost heater open circuit.",
                "New defrost heater, thawed, 4 °C after three hours.",
                "Defrost heater",
                "29.90",
            ),
            Fault(
                "Compressor runs without a pause",
                "It hums day and night and the wall behind it is hot.",
                "Door seal torn at the hinge side, condenser full of dust.",
                "New door seal, condenser cleaned, 38 % duty measured.",
                "Door seal",
                "54.00",
            ),
        ),
    ),
    Device(
        "Dishwasher",
        _ONSITE,
        (("Siemens", "SN23EI14"), ("Miele", "G 5000"), ("Beko", "DIN38"), ("Bauknecht", "BIC 3C26")),
        (
            Fault(
                "Dishes stay dirty in the upper basket",
                "Below all is clean, above there is still food on the plates.",
                "Upper spray arm split, circulation pump weak at 0.6 bar.",
                "New spray arm, sieve cleaned, 0.9 bar again.",
                "Spray arm",
                "22.70",
            ),
            Fault(
                "Stops with the tap symbol",
                "It fills for a moment and then shows the tap.",
                "Water stop tripped, a drop in the base tray; inlet valve seeps.",
                "New inlet valve with hose, base dried, test cycle dry.",
                "AquaStop hose",
                "57.20",
            ),
        ),
    ),
    Device(
        "Gas boiler",
        _ONSITE,
        (
            ("Vaillant", "ecoTEC plus"),
            ("Viessmann", "Vitodens 100"),
            ("Worcester", "Greenstar 4000"),
            ("Wolf", "CGB-2"),
        ),
        (
            Fault(
                "No hot water, heating works",
                "Showers are cold since Sunday. Radiators are warm.",
                "Diverter valve stuck in heating position.",
                "Diverter motor replaced, 48 °C at the tap.",
                "Diverter valve motor",
                "73.00",
            ),
            Fault(
                "Pressure drops every week",
                "I have to top it up each Saturday, otherwise it locks out.",
                "Expansion vessel has lost its charge, no leak in the loop.",
                "Vessel recharged to 1.0 bar, safety valve reseated.",
            ),
        ),
    ),
    Device(
        "Card terminal",
        _ONSITE,
        (("Verifone", "V400m"), ("Ingenico", "Move/5000"), ("SumUp", "Solo"), ("myPOS", "Pro")),
        (
            Fault(
                "Card terminal loses its network",
                "Payments fail around noon when the shop is full.",
                "2.4 GHz band saturated, access point on automatic channel.",
                "Moved to 5 GHz, fixed channel, 200 test transactions.",
            ),
            Fault(
                "Printer eats the paper",
                "The slip comes out folded or not at all.",
                "Paper roller glazed, cutter dull.",
                "New roller, cutter cleaned, 50 slips printed.",
                "Platen roller",
                "18.30",
            ),
        ),
    ),
    Device(
        "Data and set-up",
        _OTHER,
        (
            ("Synology", "DS223"),
            ("Western Digital", "My Passport"),
            ("Apple", "MacBook Air"),
            ("AVM", "FRITZ!Box 7590"),
        ),
        (
            Fault(
                "Move data to the new computer",
                "Please bring over photos, mail and the accounting folder. Nothing may be lost.",
                "212 GB, file system healthy, mail store 9 GB.",
                "Copied and compared by checksum, customer has signed.",
            ),
            Fault(
                "Yearly safety check",
                "The insurance wants the sticker again.",
                "Insulation 9.8 MΩ, protective conductor 0.11 Ω.",
                "All values within limits, sticker and record issued.",
            ),
        ),
    ),
)
