"""Keep to one running desk per person: who claims the folder serves everybody else through a private socket."""
