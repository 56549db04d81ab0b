// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/clocks.h"
#include "core/skipped_runs.h"

using namespace bindscope::core;

namespace {

// /proc/self/fdinfo of a program, as Linux 6.18 has it.
std::string program_info(const std::string &misses) {
  return "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t2062\nprog_type:\t26\nprog_jited:\t1\n"
         "prog_tag:\t8d3c6ba43d4b6d0c\nmemlock:\t4096\nprog_id:\t77\nrun_time_ns:\t0\n"
         "run_cnt:\t0\n" +
         misses + "verified_insns:\t412\n";
}

} // namespace

TEST_CASE("a program's skipped runs are what the kernel says of its descriptor") {
  const auto of = [](const std::string &misses) {
    return skipped_runs_of(descriptor_info(program_info(misses)));
  };
  CHECK(of("recursion_misses:\t0\n") == 0u);
  CHECK(of("recursion_misses:\t1234567890123\n") == 1234567890123u);
  CHECK(of("") == std::nullopt); // before Linux 5.12
  CHECK(of("recursion_misses:\t\n") == std::nullopt);
  CHECK(of("recursion_misses:\tmany\n") == std::nullopt);
  CHECK(of("no_recursion_misses:\t3\n") == std::nullopt);
}

TEST_CASE("only growth is told, with the window since the reading before") {
  std::uint64_t total = 40; // of before the beginning
  const std::uint64_t began = boot_clock();
  skipped_runs skipped([&] { return total; });
  CHECK(skipped.read().count == 0);

  const std::uint64_t before = boot_clock();
  CHECK(skipped.read().count == 0);
  total = 43;
  const std::uint64_t grown = boot_clock();
  const loss found = skipped.read();
  CHECK(found.count == 3);
  CHECK(found.from_ns >= before);
  CHECK(found.from_ns <= grown);
  CHECK(found.to_ns >= grown);
  CHECK(found.from_ns > began);
  CHECK(skipped.read().count == 0);

  total = 50;
  const loss next = skipped.read();
  CHECK(next.count == 7);
  // What the last reading saw too late is in the next window.
  CHECK(next.from_ns < next.to_ns);
  CHECK(next.from_ns >= found.from_ns);
}

TEST_CASE("programs that cannot be read for a while make no loss, and hide none") {
  std::uint64_t total = 40;
  skipped_runs skipped([&] { return total; });
  total = 0;
  CHECK(skipped.read().count == 0);
  total = 42;
  CHECK(skipped.read().count == 2);
}

TEST_CASE("a reading is due a second after the last") {
  skipped_runs skipped([] { return std::uint64_t{0}; });
  CHECK_FALSE(skipped.due());
}

TEST_CASE("descriptors that are no programs count nothing") {
  std::vector<unique_fd> wrong;
  wrong.emplace_back(::dup(0));
  wrong.emplace_back(-1);
  skipped_runs skipped(std::move(wrong));
  CHECK(skipped.read().count == 0);
}
