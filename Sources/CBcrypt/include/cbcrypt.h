// libxcrypt's bcrypt: what checks a password.
#pragma once
#include <stdbool.h>

// Whether `password` gives `hash`, of the form $2a$, $2b$ or $2y$; compared in constant time. Takes
// 2^cost rounds: 50 ms of CPU at cost 10. False too when `hash` is none, or without memory.
bool cbcrypt_matches(const char *_Nonnull password, const char *_Nonnull hash);
