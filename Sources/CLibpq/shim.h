// libpq, as far as Swift cannot say it by itself.
#pragma once
#include <libpq-fe.h>

/// The five characters of an error's SQLSTATE; NULL when the server gave none.
static inline const char *_Nullable clibpq_sqlstate(const PGresult *_Nullable result) {
  return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

/// The first line of what the server says of an error; NULL when it said nothing.
static inline const char *_Nullable clibpq_primary_message(const PGresult *_Nullable result) {
  return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}
