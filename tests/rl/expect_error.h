// EXPECT_HONE_ERROR(statement, code, "part of the text")
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "proto/base/error.h"

#define EXPECT_HONE_ERROR(statement, expected_code, part)                                   \
  do {                                                                                      \
    try {                                                                                   \
      statement;                                                                            \
      ADD_FAILURE() << #statement " did not throw";                                         \
    } catch (const ::hone::Error& e) {                                                      \
      EXPECT_EQ(::hone::to_string(e.code()), ::hone::to_string(expected_code)) << e.what(); \
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();           \
    }                                                                                       \
  } while (0)
