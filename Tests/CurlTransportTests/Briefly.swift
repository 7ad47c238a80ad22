import Glibc

/// A pause on a server's own thread, to make it slow; nothing is measured by it.
func usleepBriefly() { usleep(20_000) }
