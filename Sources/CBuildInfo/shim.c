#include "shim.h"

#define TEXT(name) #name
#define EXPANDED(name) TEXT(name)

const char *_Nonnull cbuildinfo_revision(void) { return EXPANDED(BREAKWATER_REVISION); }
