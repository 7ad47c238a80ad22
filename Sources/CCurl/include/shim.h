// Type-checked doors to libcurl's variadic functions: one per kind of argument, never one per option.
#pragma once
#include <curl/curl.h>
