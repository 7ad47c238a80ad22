// What only the build knows.
#pragma once

/// The git revision this program was built from, or "unknown".
const char *_Nonnull cbuildinfo_revision(void);
